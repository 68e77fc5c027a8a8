// Copies the diagonal of rows firstRow … firstRow + rows − 1 of a square matrix [columns, columns] -> out [columns].
import package::common::grid::linearInvocation;

struct Params { rows: u32, firstRow: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  out[params.firstRow + row] = matrix[row * params.columns + params.firstRow + row];
}
