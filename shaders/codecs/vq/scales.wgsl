// Computes the root mean square of every group of a row as float16 (bits, one word each), with sums in float32. One thread per group.
// w [rows, columns] -> scales [rows, groupsPerRow].
import package::common::grid::linearInvocation;
import package::codecs::kit::kMeans::half::nearestHalfBits;

struct Params { groups: u32, groupsPerRow: u32, columns: u32, group: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> scales: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let g = linearInvocation(group, groups, local, 64u);
  if (g >= params.groups) { return; }
  let column = (g % params.groupsPerRow) * params.group;
  let first = (g / params.groupsPerRow) * params.columns + column;
  let count = min(params.group, params.columns - column);
  var squares = 0.0;
  for (var i = first; i < first + count; i++) { squares += w[i] * w[i]; }
  scales[g] = nearestHalfBits(sqrt(squares / f32(count)));
}
