// sums[c] += Σ |w[r, c]| over the rows of a range, row by row in float32: ranges one after the other give the same bits as
// one. w [rows, columns], sums [columns]. One thread per column.
import package::common::grid::linearInvocation;

struct Params { rows: u32, columns: u32, huge: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linearInvocation(group, groups, local, 64u);
  if (column >= params.columns) { return; }
  var sum = sums[column];
  for (var row = 0u; row < params.rows; row++) {
    sum += min(abs(w[row * params.columns + column]), params.huge);
  }
  sums[column] = sum;
}
