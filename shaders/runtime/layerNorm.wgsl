// out = (x − mean) ÷ √(variance + ε) · weight + bias over each row (Ba et al. 2016); biased variance, float32 sums.
// Condition adaptive: · (1 + weight) + bias, where weight and bias have a row for each sequence of `length` rows (Peebles and Xie 2023).
// Entries: rowPerThread for software adapters (no barriers), rowPerWorkgroup for hardware adapters.
import package::common::grid::{linearInvocation, linearWorkgroup};
import package::common::workgroup::sumOfWorkgroup;

struct Params {
  rows: u32, width: u32, epsilon: f32, inStride: u32, inColumn: u32, outStride: u32, outColumn: u32,
  @if(adaptive) length: u32,
  @if(adaptive) scaleStride: u32, @if(adaptive) scaleColumn: u32, @if(adaptive) shiftStride: u32, @if(adaptive) shiftColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

// The factor and the offset of a column of a row.
@if(adaptive) fn affine(row: u32, column: u32) -> vec2f {
  let sequence = row / params.length;
  let scale = weight[sequence * params.scaleStride + params.scaleColumn + column];
  return vec2f(1.0 + scale, bias[sequence * params.shiftStride + params.shiftColumn + column]);
}

@else fn affine(row: u32, column: u32) -> vec2f {
  return vec2f(weight[column], bias[column]);
}

@compute @workgroup_size(64)
fn rowPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  let start = row * params.inStride + params.inColumn;
  var sum = 0.0;
  for (var i = 0u; i < params.width; i++) { sum += input[start + i]; }
  let mean = sum / f32(params.width);
  var squares = 0.0;
  for (var i = 0u; i < params.width; i++) {
    let centred = input[start + i] - mean;
    squares += centred * centred;
  }
  let scale = 1.0 / sqrt(squares / f32(params.width) + params.epsilon);
  let to = row * params.outStride + params.outColumn;
  for (var i = 0u; i < params.width; i++) {
    let factors = affine(row, i);
    out[to + i] = (input[start + i] - mean) * scale * factors.x + factors.y;
  }
}

@compute @workgroup_size(64)
fn rowPerWorkgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearWorkgroup(group, groups);
  if (row >= params.rows) { return; }
  let start = row * params.inStride + params.inColumn;
  var sum = 0.0;
  for (var i = local; i < params.width; i += 64u) { sum += input[start + i]; }
  let mean = sumOfWorkgroup(local, sum) / f32(params.width);
  var squares = 0.0;
  for (var i = local; i < params.width; i += 64u) {
    let centred = input[start + i] - mean;
    squares += centred * centred;
  }
  let scale = 1.0 / sqrt(sumOfWorkgroup(local, squares) / f32(params.width) + params.epsilon);
  let to = row * params.outStride + params.outColumn;
  for (var i = local; i < params.width; i += 64u) {
    let factors = affine(row, i);
    out[to + i] = (input[start + i] - mean) * scale * factors.x + factors.y;
  }
}
