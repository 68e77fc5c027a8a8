// What the kernels of y[M, N] = x[M, K] · W[N, K]ᵀ (+ b[N]) with int8 weights share: W[n, k] = code · steps[n].
// codes [N, quadsPerRow]: int8 in two's complement, 4 a word. x [M, quadsPerRow] as linear/int8/quantise left it, int8 codes
// with the largest magnitude of each row in rowMaxima (x = code · largest ÷ 127; sums of products are exact integers), or
// with condition floatX as linear/int8/stage left it, four float32 at a time.
// Condition outliers: outlierX [M, outlierCount] times outlierWeights [N, outlierCount], float16, is added in float32.
// Condition dot4: the device multiplies four int8 at once. Ranges of x and y as in linear/dense/common. Condition bias: b is added.
import package::common::float16::halfOfWord;

struct Params {
  firstRow: u32, lastRow: u32,
  firstOutput: u32, lastOutput: u32,
  quadsPerRow: u32, outlierCount: u32,
  yStride: u32, yColumn: u32,
  biasColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@if(floatX) @group(0) @binding(1) var<storage, read> x: array<vec4f>;
@else @group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> codes: array<u32>;
@group(0) @binding(3) var<storage, read> steps: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@if(!floatX) @group(0) @binding(5) var<storage, read> rowMaxima: array<f32>;
@if(bias) @group(0) @binding(6) var<storage, read> bias: array<f32>;
@if(outliers) @group(0) @binding(7) var<storage, read> outlierX: array<f32>;
@if(outliers) @group(0) @binding(8) var<storage, read> outlierWeights: array<u32>;

/// 1 ÷ 127, as bitsandbytes multiplies by it.
const STEP_OF_LARGEST = 7.874015718698502e-3;

/// Four columns of a row, ready to be multiplied.
@if(floatX) alias Quad = vec4f;
@if(!floatX && dot4) alias Quad = u32;
@if(!floatX && !dot4) alias Quad = vec4i;
/// Sums of products: float32, or integers that are exact up to K = 133,144.
@if(floatX) alias Total = f32;
@else alias Total = i32;
@if(floatX) alias Totals = vec4f;
@else alias Totals = vec4i;

/// Start of an x row, clamped into the dispatch so that edge tiles read valid memory.
fn xStart(row: u32) -> u32 {
  return min(row, params.lastRow - 1u) * params.quadsPerRow;
}

/// Start of a row of W, clamped likewise.
fn codeStart(output: u32) -> u32 {
  return min(output, params.lastOutput - 1u) * params.quadsPerRow;
}

fn xQuad(i: u32) -> Quad {
  @if(floatX || dot4) return x[i];
  @else return unpacked(x[i]);
}

fn codeQuad(i: u32) -> Quad {
  @if(floatX) return vec4f(unpacked(codes[i]));
  @if(!floatX && dot4) return codes[i];
  @if(!floatX && !dot4) return unpacked(codes[i]);
}

fn product(a: Quad, b: Quad) -> Total {
  @if(!floatX && dot4) return dot4I8Packed(a, b);
  @else return dot(a, b);
}

/// Four bytes in two's complement, the lowest first.
fn unpacked(word: u32) -> vec4i {
  return vec4i(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u);
}

/// Weight j of the outlier columns of an output.
@if(outliers) fn outlierWeight(output: u32, j: u32) -> f32 {
  let i = min(output, params.lastOutput - 1u) * params.outlierCount + j;
  return halfOfWord(outlierWeights[i / 2u], i);
}

/// Those of four outputs.
@if(outliers) fn outlierWeights4(output: u32, j: u32) -> vec4f {
  return vec4f(outlierWeight(output, j), outlierWeight(output + 1u, j), outlierWeight(output + 2u, j), outlierWeight(output + 3u, j));
}

/// Outlier j of a row of x.
@if(outliers) fn outlierAt(row: u32, j: u32) -> f32 {
  return outlierX[min(row, params.lastRow - 1u) * params.outlierCount + j];
}

/// Stores one element, unless it lies outside the dispatch: the scaled sum, plus what the outlier columns add.
fn store(row: u32, output: u32, sum: Total, outlierSum: f32) {
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  @if(floatX) var value = sum * steps[output] + outlierSum;
  @else var value = f32(sum) * (rowMaxima[row] * STEP_OF_LARGEST) * steps[output] + outlierSum;
  @if(bias) { value += bias[params.biasColumn + output - params.firstOutput]; }
  y[row * params.yStride + params.yColumn + output - params.firstOutput] = value;
}

/// Stores four outputs of one row.
fn storeRow(row: u32, output: u32, sums: Totals, outlierSums: vec4f) {
  store(row, output, sums.x, outlierSums.x);
  store(row, output + 1u, sums.y, outlierSums.y);
  store(row, output + 2u, sums.z, outlierSums.z);
  store(row, output + 3u, sums.w, outlierSums.w);
}
