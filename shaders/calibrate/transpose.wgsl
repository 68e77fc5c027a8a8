// out [columns, rows] = x [rows, columns]ᵀ, where x is a range of columns of an activation.
import package::common::grid::linearInvocation;

struct Params { rows: u32, columns: u32, stride: u32, column: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.columns) { return; }
  let row = i % params.rows;
  let column = i / params.rows;
  out[i] = x[row * params.stride + params.column + column];
}
