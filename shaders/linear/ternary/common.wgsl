// What the kernels of y[M, N] ← α · x[M, K] · W[N, K]ᵀ (+ b[N]) + β · y with ternary weights share: W[n, k] = t · scale.
// codes [N, units]: t + 1 (0, 1 or 2) of 16 columns a word, the first in the lowest two bits. scales float16
// [N, groupsPerRow], two per word, one for `groupUnits` words. x [M, 4 · units] quads of four columns, zeros behind the last:
// float32, or with condition half float16, in the order of the columns; quad l of a unit with condition int8: the codes of
// columns l, 4 + l, 8 + l and 12 + l, so that one shift and one mask of a word of W give their partners. int8 comes with
// the sum of each unit's codes, sums [M, units], and the largest magnitude of each `blockUnits` words, maxima
// [M, blocksPerRow] (x = code · largest ÷ 127). A segment is what has one scale on both sides.
// Condition dot4: the device multiplies four int8 at once. Condition bias: b is added. Condition beta: β · y is added; without
// it y is not read. Ranges of rows and outputs as in linear/dense/common.
import package::common::float16::halfOfWord;
@if(half) enable f16;

struct Params {
  firstRow: u32, lastRow: u32,
  firstOutput: u32, lastOutput: u32,
  xStride: u32, xQuad: u32,
  yStride: u32, yColumn: u32,
  biasColumn: u32,
  units: u32, quads: u32, segments: u32, segmentUnits: u32,
  groupsPerRow: u32, groupUnits: u32,
  blocksPerRow: u32, blockUnits: u32,
  alpha: f32, beta: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@if(int8) @group(0) @binding(1) var<storage, read> x: array<u32>;
@if(half) @group(0) @binding(1) var<storage, read> x: array<vec4<f16>>;
@if(!int8 && !half) @group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> codes: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@if(int8) @group(0) @binding(5) var<storage, read> maxima: array<f32>;
@if(int8) @group(0) @binding(6) var<storage, read> sums: array<i32>;
@if(bias) @group(0) @binding(7) var<storage, read> bias: array<f32>;

/// 1 ÷ 127
@if(int8) const STEP_OF_LARGEST = 7.874015718698502e-3;

/// Four columns of a row, ready to be multiplied.
@if(!int8) alias Quad = vec4f;
@if(int8 && dot4) alias Quad = u32;
@if(int8 && !dot4) alias Quad = vec4i;
/// Sums of products: float32, or integers that are exact up to K = 8,454,660.
@if(!int8) alias Total = f32;
@if(int8) alias Total = i32;
@if(!int8) alias Totals = vec4f;
@if(int8) alias Totals = vec4i;

/// First quad of an x row, clamped into the dispatch so that edge tiles read valid memory.
fn xStart(row: u32) -> u32 {
  return min(row, params.lastRow - 1u) * params.xStride + params.xQuad;
}

/// A row of W, clamped likewise.
fn clampOutput(output: u32) -> u32 {
  return min(output, params.lastOutput - 1u);
}

/// Quads of a unit: 4. With condition software compilers do not see it, and so do not unroll: that takes software adapters
/// seconds, and runs no faster there.
fn quadsOfUnit() -> u32 {
  @if(software) return params.quads;
  @else return 4u;
}

/// Four columns of x.
fn xQuad(i: u32) -> Quad {
  @if(!int8) return vec4f(x[i]);
  @if(int8 && dot4) return x[i];
  @if(int8 && !dot4) return unpacked(x[i]);
}

/// 16 codes of W: as they are for int8, whose sums take the 1 off again, else t as integers of two bits in two's complement.
fn codeWord(i: u32) -> u32 {
  let word = codes[i];
  @if(int8) return word;
  @else return (~word & 0x55555555u) | (~(word | (word << 1u)) & 0xaaaaaaaau);
}

/// Quad l (0 … 3) of a word of W.
fn codeQuad(word: u32, l: u32) -> Quad {
  @if(!int8) return vec4f(vec4i(vec4u(word) << (vec4u(30u, 28u, 26u, 24u) - 8u * l)) >> vec4u(30u));
  @if(int8 && dot4) return (word >> (2u * l)) & 0x03030303u;
  @if(int8 && !dot4) return unpacked((word >> (2u * l)) & 0x03030303u);
}

fn product(a: Quad, b: Quad) -> Total {
  @if(int8 && dot4) return dot4I8Packed(a, b);
  @else return dot(a, b);
}

/// Four bytes in two's complement, the lowest first.
@if(int8) fn unpacked(word: u32) -> vec4i {
  return vec4i(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u);
}

/// What a unit's codes are too large by: the sum of x, since t = code − 1.
fn excess(row: u32, unit: u32) -> Total {
  @if(int8) return sums[min(row, params.lastRow - 1u) * params.units + unit];
  @else return 0.0;
}

/// The scale of W from a unit on.
fn scaleAt(output: u32, unit: u32) -> f32 {
  let i = output * params.groupsPerRow + unit / params.groupUnits;
  return halfOfWord(scales[i / 2u], i);
}

/// The scale of x from a unit on.
fn xScaleAt(row: u32, unit: u32) -> f32 {
  @if(int8) {
    let i = min(row, params.lastRow - 1u) * params.blocksPerRow + unit / params.blockUnits;
    return maxima[i] * STEP_OF_LARGEST;
  }
  @else return 1.0;
}

/// Stores one element, unless it lies outside the dispatch. With α = 0 the product does not count, whatever it is.
fn store(row: u32, output: u32, sum: f32) {
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  var value = select(params.alpha * sum, 0.0, params.alpha == 0.0);
  @if(bias) { value += bias[params.biasColumn + output - params.firstOutput]; }
  let i = row * params.yStride + params.yColumn + output - params.firstOutput;
  @if(beta) { value += params.beta * y[i]; }
  y[i] = value;
}

/// Stores four outputs of one row.
fn storeRow(row: u32, output: u32, sums4: vec4f) {
  store(row, output, sums4.x);
  store(row, output + 1u, sums4.y);
  store(row, output + 2u, sums4.z);
  store(row, output + 3u, sums4.w);
}
