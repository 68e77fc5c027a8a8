// The scales and cuts of learned parameters: each is rounded to a positive float16, and weights are rounded to nearest.
// Source: Esser et al. 2020, Learned Step Size Quantization, arXiv 1902.08153.
import package::common::grid::linearInvocation;
import package::train::fakeGroup::storedScale;
import package::train::fakeGroup::nearestCut;

struct Params { firstGroup: u32, lastGroup: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> learned: array<f32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<storage, read_write> cuts: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstGroup + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastGroup) { return; }
  // A step may make the parameter negative. The smallest float16 is used then, and the gradient makes it positive again.
  let scale = storedScale(max(learned[i], 0x1p-24f));
  scales[i] = scale;
  cuts[i] = nearestCut(scale);
}
