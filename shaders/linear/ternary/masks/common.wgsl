// What the kernels of y[M, N] ← α · A[M, K] · W[N, K]ᵀ + β · y with both sides ternary share: A and W are masks
// [rows, words], each word 32 columns: bit j of x is set where t = +1, of y where t = −1, none behind the last column.
// Scales of either side float16 [rows, groups], two per word. A segment is what has one scale on both sides.
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

/// Σ t·t of 32 columns: equal signs less unequal ones. The two products of either kind never share a bit.
fn masked(p: vec2u, q: vec2u) -> i32 {
  let equal = (p.x & q.x) | (p.y & q.y);
  let unequal = (p.x & q.y) | (p.y & q.x);
  return i32(countOneBits(equal)) - i32(countOneBits(unequal));
}

/// The scale of A from a word on.
fn aScaleAt(row: u32, word: u32) -> f32 {
  let i = row * params.aGroups + word / params.aGroupWords;
  return halfOfWord(aScales[i / 2u], i);
}

/// The scale of W from a word on.
fn wScaleAt(output: u32, word: u32) -> f32 {
  let i = output * params.wGroups + word / params.wGroupWords;
  return halfOfWord(wScales[i / 2u], i);
}

/// Those of four outputs.
fn wScalesAt(outputs: vec4u, word: u32) -> vec4f {
  return vec4f(wScaleAt(outputs.x, word), wScaleAt(outputs.y, word), wScaleAt(outputs.z, word), wScaleAt(outputs.w, word));
}
