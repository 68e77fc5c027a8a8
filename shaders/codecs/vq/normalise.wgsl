// Divides x[i] by the scale of its group, or sets it to zero for a scale of 0, for element first + i of flattened W [rows, columns],
// i < count. scales: packed float16 from group `firstScale` on.
import package::common::float16::halfOfWord;
import package::common::grid::linearInvocation;

struct Params { count: u32, first: u32, columns: u32, group: u32, groupsPerRow: u32, firstScale: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scales: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let element = params.first + i;
  let g = (element / params.columns) * params.groupsPerRow + (element % params.columns) / params.group - params.firstScale;
  let scale = halfOfWord(scales[g / 2u], g);
  x[i] = select(x[i] / scale, 0.0, scale == 0.0);
}
