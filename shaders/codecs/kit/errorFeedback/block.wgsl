// Runs algorithm 1 of GPTQ (Frantar et al. 2022, https://arxiv.org/abs/2210.17323) within one block of at most 32 positions, with one
// thread per row: it subtracts the errors of the block's earlier columns, rounds, and stores the error for later columns.
// current [columns, stride]: weights by position, after the feedback of earlier blocks. u: rows of the Cholesky factor of H⁻¹, each
// divided by its diagonal element, so that an error e of column i subtracts e·u[i, j] from column j; row uRow is the block's first,
// and feedback = 0 means that H is the identity. The scale of (row, column) is scales[row · scaleStride + column / group] (half
// bits), and the zero point is zeros at the same index.
// → codes [columns, stride] as stored columns: q + zero in [lowest, highest]; errors [firstError …, stride]: w − q·scale.
import package::common::grid::linearInvocation;
import package::common::float16::halfBitsToFloat;
import package::codecs::kit::uniformGrid::levels::Levels;
import package::codecs::kit::uniformGrid::levels::quantise;

struct Params {
  rows: u32, stride: u32, first: u32, count: u32, firstError: u32,
  uRow: u32, uStride: u32, feedback: u32,
  group: u32, scaleStride: u32, lowest: i32, highest: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> current: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read> scales: array<u32>;
@group(0) @binding(5) var<storage, read> zeros: array<u32>;
@group(0) @binding(6) var<storage, read_write> codes: array<i32>;
@group(0) @binding(7) var<storage, read_write> errors: array<f32>;

/// The errors of the block by position and thread. Every thread reads only its own.
var<workgroup> own: array<f32, 2048>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  for (var i = 0u; i < params.count; i++) {
    let column = order[params.first + i];
    let g = row * params.scaleStride + column / params.group;
    let scale = halfBitsToFloat(scales[g]);
    let zero = i32(zeros[g]);
    let w = compensated(row, i, local);
    let q = quantise(w, scale, Levels(params.lowest - zero, params.highest - zero));
    let error = w - f32(q) * scale;
    own[i * 64u + local] = error;
    errors[(params.firstError + i) * params.stride + row] = error;
    codes[column * params.stride + row] = q + zero;
  }
}

/// Computes the weight at position first + i after the feedback of the errors of the block's earlier columns.
fn compensated(row: u32, i: u32, local: u32) -> f32 {
  let w = current[(params.first + i) * params.stride + row];
  if (params.feedback == 0u) { return w; }
  var sum = 0.0;
  for (var k = 0u; k < i; k++) {
    sum += own[k * 64u + local] * u[(params.uRow + k) * params.uStride + params.first + i];
  }
  return w - sum;
}
