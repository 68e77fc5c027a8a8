// dWeight[column] += Σ dy·x̂ over the rows of a normalisation, where x̂ = (x − μ)·r with μ and r from `moments` (normRows).
// A token has `heads` rows of `width` columns side by side, all of which `rows` counts.
// Entries: columnPerThread for software adapters (no barriers), columnPerGroup, where 8 threads share a column, for hardware
// adapters.
import package::common::grid::{linearInvocation, linearWorkgroup};
import package::common::heads::headStart;
import package::train::columns::sumOfColumn;

struct Params { rows: u32, heads: u32, width: u32, inStride: u32, inColumn: u32, dyStride: u32, dyColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> dWeight: array<f32>;

/// The sum of a column over every `step`-th row from `first` on.
fn sumOf(column: u32, first: u32, step: u32) -> f32 {
  var sum = 0.0;
  for (var row = first; row < params.rows; row += step) {
    let moment = moments[row];
    let normal = (input[headStart(row, params.heads, params.width, params.inStride, params.inColumn) + column] - moment.x) * moment.y;
    sum += dy[headStart(row, params.heads, params.width, params.dyStride, params.dyColumn) + column] * normal;
  }
  return sum;
}

@compute @workgroup_size(64)
fn columnPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linearInvocation(group, groups, local, 64u);
  if (column >= params.width) { return; }
  dWeight[column] += sumOf(column, 0u, 1u);
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
  if (local.y == 0u && column < params.width) { dWeight[column] += sum; }
}
