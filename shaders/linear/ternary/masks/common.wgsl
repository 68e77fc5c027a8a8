// Bindings and helpers of the kernels of y[M, N] ← α · A[M, K] · W[N, K]ᵀ + β · y with both sides ternary. A and W are masks
// [rows, words] with 32 columns per word: bit j of component x is set where t = +1, of y where t = −1; bits after the last
// column are 0. The scales of both sides are float16 [rows, groups], two per word. A segment is a range of words with one
// scale on both sides.
import package::common::float16::halfOfWord;
import package::linear::tile::Piece;

struct Params {
  words: u32, segments: u32, segmentWords: u32,
  aGroups: u32, aGroupWords: u32,
  wGroups: u32, wGroupWords: u32,
  @align(16) piece: Piece,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> a: array<vec2u>;
@group(0) @binding(4) var<storage, read> aScales: array<u32>;
@group(0) @binding(5) var<storage, read> w: array<vec2u>;
@group(0) @binding(6) var<storage, read> wScales: array<u32>;

/// Σ t·t of 32 columns: the number of equal signs minus that of unequal ones. The two terms of each never share a bit.
fn masked(p: vec2u, q: vec2u) -> i32 {
  let equal = (p.x & q.x) | (p.y & q.y);
  let unequal = (p.x & q.y) | (p.y & q.x);
  return i32(countOneBits(equal)) - i32(countOneBits(unequal));
}

/// The scale of A in a word.
fn aScaleAt(row: u32, word: u32) -> f32 {
  let i = row * params.aGroups + word / params.aGroupWords;
  return halfOfWord(aScales[i / 2u], i);
}

/// The scale of W in a word.
fn wScaleAt(output: u32, word: u32) -> f32 {
  let i = output * params.wGroups + word / params.wGroupWords;
  return halfOfWord(wScales[i / 2u], i);
}

/// The scales of four outputs of W in a word.
fn wScalesAt(outputs: vec4u, word: u32) -> vec4f {
  return vec4f(wScaleAt(outputs.x, word), wScaleAt(outputs.y, word), wScaleAt(outputs.z, word), wScaleAt(outputs.w, word));
}
