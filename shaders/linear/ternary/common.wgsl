// Bindings and helpers of the kernels of y[M, N] ← α · x[M, K] · W[N, K]ᵀ (+ b[N]) + β · y with ternary weights W[n, k] =
// t · scale. A unit is 16 columns.
// codes [N, units]: t + 1 (0, 1 or 2) for each column of a unit, the first in the lowest two bits of the word;
// scales: float16 [N, groupsPerRow], two per word, one for each `groupUnits` units;
// x [M, 4 · units]: quads of float32, or with condition half of float16, in the order of the columns, zero after the last.
// Condition int8: quad l of a unit holds the codes of columns l, 4 + l, 8 + l and 12 + l, so that a shift and a mask of a word
// of W give the matching codes. sums [M, units] holds the sum of each unit's codes, and maxima [M, blocksPerRow] the largest
// magnitude of each `blockUnits` units (x = code · largest ÷ 127; sums of products are exact integers up to K = 8,454,660).
// A segment is a range of units with one scale on both sides.
// Condition octets, with float32 rows only: x is read as scalars, and W eight columns of four outputs at a time.
import package::common::float16::halfOfWord;
@if(octets) import package::linear::octets::{Octet, octetOfPairs};
import package::linear::quads::{Quad, int8Quad, STEP_OF_LARGEST};
import package::linear::tile::Piece;
@if(half) enable f16;

struct Params {
  units: u32, quads: u32, segments: u32, segmentUnits: u32,
  groupsPerRow: u32, groupUnits: u32,
  blocksPerRow: u32, blockUnits: u32,
  @align(16) piece: Piece,
}
@group(0) @binding(0) var<uniform> params: Params;
@if(int8) @group(0) @binding(3) var<storage, read> x: array<u32>;
@if(half) @group(0) @binding(3) var<storage, read> x: array<vec4<f16>>;
@if(octets) @group(0) @binding(3) var<storage, read> x: array<f32>;
@if(!int8 && !half && !octets) @group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read> codes: array<u32>;
@group(0) @binding(5) var<storage, read> scales: array<u32>;
@if(int8) @group(0) @binding(6) var<storage, read> maxima: array<f32>;
@if(int8) @group(0) @binding(7) var<storage, read> sums: array<i32>;

/// The number of quads in a unit, 4. With condition software it is a parameter so that compilers do not unroll loops over it,
/// which takes software adapters seconds and is no faster there.
fn quadsOfUnit() -> u32 {
  @if(software) return params.quads;
  @else return 4u;
}

/// Four columns of x.
@if(!octets) fn xQuad(i: u32) -> Quad {
  @if(int8) return int8Quad(x[i]);
  @else return vec4f(x[i]);
}

/// The 16 codes of a unit of W: unchanged for int8, whose sums are corrected by `excess`, otherwise t as integers of two bits
/// in two's complement.
fn codeWord(i: u32) -> u32 {
  let word = codes[i];
  @if(int8) return word;
  @else return (~word & 0x55555555u) | (~(word | (word << 1u)) & 0xaaaaaaaau);
}

/// Quad l (0 … 3) of a word from `codeWord`.
fn codeQuad(word: u32, l: u32) -> Quad {
  @if(int8) return int8Quad((word >> (2u * l)) & 0x03030303u);
  @else return vec4f(vec4i(vec4u(word) << (vec4u(30u, 28u, 26u, 24u) - 8u * l)) >> vec4u(30u));
}

/// The words of a unit of four outputs, from `codeWord`.
@if(octets) fn codeWords(outputs: vec4u, unit: u32) -> vec4u {
  let at = outputs * params.units + unit;
  return vec4u(codeWord(at.x), codeWord(at.y), codeWord(at.z), codeWord(at.w));
}

/// Half 0 or 1 of the columns of words from `codeWords`.
@if(octets) fn octetOf(words: vec4u, half: u32) -> Octet { return octetOfPairs(words >> vec4u(16u * half)); }

/// The number of octets in a unit, 2, with condition software as a parameter like `quadsOfUnit`.
@if(octets) fn octetsOfUnit() -> u32 {
  @if(software) return params.quads / 2u;
  @else return 2u;
}

/// The excess of a sum of products with codes over that with t = code − 1: the sum of the unit's x.
@if(int8) fn excess(row: u32, unit: u32) -> i32 {
  return sums[row * params.units + unit];
}

/// The scale of W in a unit.
fn scaleAt(output: u32, unit: u32) -> f32 {
  let i = output * params.groupsPerRow + unit / params.groupUnits;
  return halfOfWord(scales[i / 2u], i);
}

/// The scales of four outputs in a unit.
fn scalesAt(outputs: vec4u, unit: u32) -> vec4f {
  return vec4f(scaleAt(outputs.x, unit), scaleAt(outputs.y, unit), scaleAt(outputs.z, unit), scaleAt(outputs.w, unit));
}

/// The scale of x in a unit.
fn xScaleAt(row: u32, unit: u32) -> f32 {
  @if(int8) return maxima[row * params.blocksPerRow + unit / params.blockUnits] * STEP_OF_LARGEST;
  @else return 1.0;
}
