// Codes the weights of super-blocks again with the scales as they are stored, one thread per weight; found [groups, 3] begins with the
// step and the offset of each group. Where the step is 0, the codes of the search stay.
import package::common::grid::linearInvocation;
import package::codecs::kit::ggufBlocks::encodeSource::params;
import package::codecs::kit::ggufBlocks::fields::LEVELS;
import package::codecs::kit::ggufBlocks::nearest::nearestCode;

@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> found: array<f32>;
@group(0) @binding(3) var<storage, read_write> codes: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let step = found[3u * (i / params.group)];
  if (step == 0.0 && LEVELS == 0u) { return; }
  codes[i] = i32(nearestCode(weights[i], step, found[3u * (i / params.group) + 1u]));
}
