// sums[column] += Σ values[row, column] over the rows of an activation: the gradient of a bias.
// Entries: columnPerThread for software adapters (no barriers), columnPerGroup, where 8 threads share a column, for hardware
// adapters. Each adds in a fixed order.
import package::common::grid::{linearInvocation, linearWorkgroup};
import package::train::columns::sumOfColumn;

struct Params { rows: u32, width: u32, stride: u32, column: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

/// The sum of a column over every `step`-th row from `first` on.
fn sumOf(column: u32, first: u32, step: u32) -> f32 {
  var sum = 0.0;
  for (var row = first; row < params.rows; row += step) { sum += values[row * params.stride + params.column + column]; }
  return sum;
}

@compute @workgroup_size(64)
fn columnPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linearInvocation(group, groups, local, 64u);
  if (column >= params.width) { return; }
  sums[column] += sumOf(column, 0u, 1u);
}

@compute @workgroup_size(8, 8)
fn columnPerGroup(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let column = linearWorkgroup(group, groups) * 8u + local.x;
  var own = 0.0;
  if (column < params.width) { own = sumOf(column, local.y, 8u); }
  let sum = sumOfColumn(local, own);
  if (local.y == 0u && column < params.width) { sums[column] += sum; }
}
