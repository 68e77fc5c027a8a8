// Rows [firstRow, firstRow + rows) of a Gram matrix += scale · product, where product [columns, rows] is their transpose (the
// matrix is symmetric, so these are its columns).
import package::common::grid::linearInvocation;

struct Params { rows: u32, columns: u32, scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> product: array<f32>;
@group(0) @binding(2) var<storage, read_write> gram: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.columns) { return; }
  let row = i / params.columns;
  let column = i % params.columns;
  gram[i] += params.scale * product[column * params.rows + row];
}
