// Centres rows and scales them to a common step in place: w[row, column] = (w[row, column] − centre[column]) · factors[row].
// w [rows, columns].
import package::common::grid::linearInvocation;

struct Params { rows: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> centre: array<f32>;
@group(0) @binding(2) var<storage, read> factors: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.columns) { return; }
  w[i] = (w[i] - centre[i % params.columns]) * factors[i / params.columns];
}
