// dWeight[column] += Σ dy·x̂ over the rows of a normalisation, x̂ = (x − μ)·r with μ and r from `moments` (normRows).
// A token has `heads` rows of `width` columns side by side; `rows` counts all of them.
// Entries: columnPerThread for software adapters (no barriers), columnPerGroup, where 8 threads share a column, for the
// others.
import package::common::grid::linearInvocation;
import package::common::grid::linearWorkgroup;

struct Params { rows: u32, heads: u32, width: u32, inStride: u32, inColumn: u32, dyStride: u32, dyColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> dWeight: array<f32>;

fn startOf(row: u32, stride: u32, column: u32) -> u32 {
  return (row / params.heads) * stride + column + (row % params.heads) * params.width;
}

/// Sum over every `step`-th row from `first` on.
fn sumOf(column: u32, first: u32, step: u32) -> f32 {
  var sum = 0.0;
  for (var row = first; row < params.rows; row += step) {
    let moment = moments[row];
    let normal = (input[startOf(row, params.inStride, params.inColumn) + column] - moment.x) * moment.y;
    sum += dy[startOf(row, params.dyStride, params.dyColumn) + column] * normal;
  }
  return sum;
}

@compute @workgroup_size(64)
fn columnPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linearInvocation(group, groups, local, 64u);
  if (column >= params.width) { return; }
  dWeight[column] += sumOf(column, 0u, 1u);
}

/// [row mod 8][column mod 8]
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(8, 8)
fn columnPerGroup(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) slot: u32,
) {
  let column = linearWorkgroup(group, groups) * 8u + local.x;
  if (column < params.width) { partial[slot] = sumOf(column, local.y, 8u); }
  for (var height = 4u; height > 0u; height /= 2u) {
    workgroupBarrier();
    if (local.y < height) { partial[slot] += partial[slot + height * 8u]; }
  }
  if (local.y == 0u && column < params.width) { dWeight[column] += partial[slot]; }
}
