// What the kernels of y[M, N] ← α · A[M, K] · W[N, K]ᵀ + β · y with both sides ternary share: A and W are masks
// [rows, words], each word 32 columns: bit j of x is set where t = +1, of y where t = −1, none behind the last column.
// Scales of either side float16 [rows, groups], two per word. A segment is what has one scale on both sides.
// Condition beta: β · y is added; without it y is not read.
import package::common::float16::halfOfWord;

struct Params {
  firstRow: u32, lastRow: u32,
  firstOutput: u32, lastOutput: u32,
  yStride: u32, yColumn: u32,
  words: u32, segments: u32, segmentWords: u32,
  aGroups: u32, aGroupWords: u32,
  wGroups: u32, wGroupWords: u32,
  alpha: f32, beta: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec2u>;
@group(0) @binding(2) var<storage, read> aScales: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<vec2u>;
@group(0) @binding(4) var<storage, read> wScales: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

/// First word of a row of A, clamped into the dispatch.
fn aStart(row: u32) -> u32 {
  return min(row, params.lastRow - 1u) * params.words;
}

/// First word of a row of W, clamped likewise.
fn wStart(output: u32) -> u32 {
  return min(output, params.lastOutput - 1u) * params.words;
}

fn aWord(i: u32) -> vec2u { return a[i]; }
fn wWord(i: u32) -> vec2u { return w[i]; }

/// Σ t·t of 32 columns: equal signs less unequal ones. The two products of either kind never share a bit.
fn masked(p: vec2u, q: vec2u) -> i32 {
  let equal = (p.x & q.x) | (p.y & q.y);
  let unequal = (p.x & q.y) | (p.y & q.x);
  return i32(countOneBits(equal)) - i32(countOneBits(unequal));
}

/// The scale of A from a word on.
fn aScaleAt(row: u32, word: u32) -> f32 {
  let i = min(row, params.lastRow - 1u) * params.aGroups + word / params.aGroupWords;
  return halfOfWord(aScales[i / 2u], i);
}

/// The scale of W from a word on.
fn wScaleAt(output: u32, word: u32) -> f32 {
  let i = min(output, params.lastOutput - 1u) * params.wGroups + word / params.wGroupWords;
  return halfOfWord(wScales[i / 2u], i);
}

/// Stores one element, unless it lies outside the dispatch. With α = 0 the product does not count.
fn store(row: u32, output: u32, sum: f32) {
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  var value = select(params.alpha * sum, 0.0, params.alpha == 0.0);
  let i = row * params.yStride + params.yColumn + output - params.firstOutput;
  @if(beta) { value += params.beta * y[i]; }
  y[i] = value;
}

/// Stores four outputs of one row.
fn storeRow(row: u32, output: u32, sums: vec4f) {
  store(row, output, sums.x);
  store(row, output + 1u, sums.y);
  store(row, output + 2u, sums.z);
  store(row, output + 3u, sums.w);
}
