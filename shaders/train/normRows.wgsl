// Backward pass of the rows of y = x̂·weight (+ bias), x̂ = (x − μ)·r: with g = dy·weight,
// dx += r·(g − mean(g) − x̂·mean(g·x̂)).
// Condition centred: layer normalisation (Ba et al. 2016); without it μ and mean(g) are 0 (Zhang and Sennrich 2019).
// A token has `heads` rows of `width` columns side by side, all of which `rows` counts.
// μ and r of each row are written to `moments` for the gradient of the weight (normColumns).
// Entries: rowPerThread for software adapters (no barriers), rowPerWorkgroup for hardware adapters.
import package::common::grid::{linearInvocation, linearWorkgroup};
import package::common::heads::headStart;
import package::common::workgroup::{sumOfWorkgroup, sumsOfWorkgroup};

struct Params {
  rows: u32, heads: u32, width: u32, epsilon: f32,
  inStride: u32, inColumn: u32,
  dyStride: u32, dyColumn: u32,
  dxStride: u32, dxColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
/// Mean and reciprocal deviation of each row.
@group(0) @binding(5) var<storage, read_write> moments: array<vec2f>;

@if(centred) fn sumOf(start: u32, first: u32, step: u32) -> f32 {
  var sum = 0.0;
  for (var i = first; i < params.width; i += step) { sum += input[start + i]; }
  return sum;
}

fn squaresOf(start: u32, mean: f32, first: u32, step: u32) -> f32 {
  var sum = 0.0;
  for (var i = first; i < params.width; i += step) {
    let centred = input[start + i] - mean;
    sum += centred * centred;
  }
  return sum;
}

/// Σ g and Σ g·x̂.
fn gradientSums(start: u32, dyStart: u32, moment: vec2f, first: u32, step: u32) -> vec2f {
  var sums = vec2f();
  for (var i = first; i < params.width; i += step) {
    let g = dy[dyStart + i] * weight[i];
    sums += g * vec2f(1.0, (input[start + i] - moment.x) * moment.y);
  }
  return sums;
}

/// Adds the gradient of a row to dx, given mean(g) and mean(g·x̂).
fn addRow(start: u32, dyStart: u32, to: u32, moment: vec2f, means: vec2f, first: u32, step: u32) {
  for (var i = first; i < params.width; i += step) {
    let normal = (input[start + i] - moment.x) * moment.y;
    var gradient = dy[dyStart + i] * weight[i] - normal * means.y;
    @if(centred) { gradient -= means.x; }
    dx[to + i] += moment.y * gradient;
  }
}

@compute @workgroup_size(64)
fn rowPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  let start = headStart(row, params.heads, params.width, params.inStride, params.inColumn);
  let dyStart = headStart(row, params.heads, params.width, params.dyStride, params.dyColumn);
  let width = f32(params.width);
  var mean = 0.0;
  @if(centred) { mean = sumOf(start, 0u, 1u) / width; }
  let moment = vec2f(mean, 1.0 / sqrt(squaresOf(start, mean, 0u, 1u) / width + params.epsilon));
  moments[row] = moment;
  let means = gradientSums(start, dyStart, moment, 0u, 1u) / width;
  addRow(start, dyStart, headStart(row, params.heads, params.width, params.dxStride, params.dxColumn), moment, means, 0u, 1u);
}

@compute @workgroup_size(64)
fn rowPerWorkgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearWorkgroup(group, groups);
  if (row >= params.rows) { return; }
  let start = headStart(row, params.heads, params.width, params.inStride, params.inColumn);
  let dyStart = headStart(row, params.heads, params.width, params.dyStride, params.dyColumn);
  let width = f32(params.width);
  var mean = 0.0;
  @if(centred) { mean = sumOfWorkgroup(local, sumOf(start, local, 64u)) / width; }
  let variance = sumOfWorkgroup(local, squaresOf(start, mean, local, 64u)) / width;
  let moment = vec2f(mean, 1.0 / sqrt(variance + params.epsilon));
  if (local == 0u) { moments[row] = moment; }
  let means = sumsOfWorkgroup(local, gradientSums(start, dyStart, moment, local, 64u)) / width;
  addRow(start, dyStart, headStart(row, params.heads, params.width, params.dxStride, params.dxColumn), moment, means, local, 64u);
}
