// The tokens of patches without class tokens: out[image · patches + p, :] = tokens[image · (1 + patches) + 1 + p, :].
import package::common::grid::linearInvocation;

struct Params { images: u32, patches: u32, width: u32, stride: u32, column: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.images * params.patches * params.width) { return; }
  let row = i / params.width;
  let token = row + row / params.patches + 1u;
  out[i] = tokens[token * params.stride + params.column + i % params.width];
}
