// Bindings and helpers of the kernels of y[M, N] = x[M, K] · W[N, K]ᵀ (+ b[N]) with packed integers, W[n, k] =
// (code − offset) · scale.
// codes [N, wordsPerRow]: each row is a little-endian stream of 2-, 4- or 8-bit codes (conditions bits2, bits4, bits8);
// scales: float16 [N, groupsPerRow], two per word, one for each `group` columns;
// condition zeros: an integer offset per group, in a bitstream of the codes' width; otherwise params.offset for all.
// Condition vec4: K, groups and the layout of x are multiples of 4, and four columns are read at a time.
// Condition octets: K and groups are multiples of 8, and eight columns are read at a time.
import package::common::float16::halfOfWord;
@if(octets && bits2) import package::linear::octets::{Octet, octetOfPairs};
@if(octets && bits4) import package::linear::octets::{Octet, octetOfNibbles};
@if(octets && bits8) import package::linear::octets::{Octet, octetOfBytes};
import package::linear::tile::Piece;

struct Params { columns: u32, wordsPerRow: u32, groupsPerRow: u32, group: u32, offset: f32, @align(16) piece: Piece }
@group(0) @binding(0) var<uniform> params: Params;
@if(vec4) @group(0) @binding(3) var<storage, read> x: array<vec4f>;
@else @group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> codes: array<u32>;
@group(0) @binding(5) var<storage, read> scales: array<u32>;
@if(zeros) @group(0) @binding(6) var<storage, read> zeros: array<u32>;

/// Codes k … k + 3 of a row for a k that is a multiple of 4, so that they share a word.
fn codes4(output: u32, k: u32) -> vec4f {
  let word = codes[output * params.wordsPerRow + wordOf(k)];
  @if(bits2) return vec4f((vec4u(word >> (2u * (k & 12u))) >> vec4u(0u, 2u, 4u, 6u)) & vec4u(3u));
  @if(bits4) return vec4f((vec4u(word >> (4u * (k & 4u))) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(15u));
  @if(bits8) return vec4f((vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u));
}

/// Code `index` of a stream, given the word that holds it.
fn fieldOf(word: u32, index: u32) -> f32 {
  @if(bits2) return f32((word >> (2u * (index & 15u))) & 3u);
  @if(bits4) return f32((word >> (4u * (index & 7u))) & 15u);
  @if(bits8) return f32((word >> (8u * (index & 3u))) & 255u);
}

/// The index of the word of a stream that holds code `index`.
fn wordOf(index: u32) -> u32 {
  @if(bits2) return index / 16u;
  @if(bits4) return index / 8u;
  @if(bits8) return index / 4u;
}

/// Code k of a row.
fn codeAt(output: u32, k: u32) -> f32 {
  return fieldOf(codes[output * params.wordsPerRow + wordOf(k)], k);
}

/// Code k of four rows.
fn codesAt(outputs: vec4u, k: u32) -> vec4f {
  return vec4f(codeAt(outputs.x, k), codeAt(outputs.y, k), codeAt(outputs.z, k), codeAt(outputs.w, k));
}

/// The zero point of group g.
fn offsetAt(output: u32, g: u32) -> f32 {
  @if(zeros) {
    let i = output * params.groupsPerRow + g;
    return fieldOf(zeros[wordOf(i)], i);
  }
  @else return params.offset;
}

/// The zero points of group g of four rows.
fn offsetsAt(outputs: vec4u, g: u32) -> vec4f {
  return vec4f(offsetAt(outputs.x, g), offsetAt(outputs.y, g), offsetAt(outputs.z, g), offsetAt(outputs.w, g));
}

/// The scale of group g.
fn scaleAt(output: u32, g: u32) -> f32 {
  let i = output * params.groupsPerRow + g;
  return halfOfWord(scales[i / 2u], i);
}

/// The scales of group g of four rows.
fn scalesAt(outputs: vec4u, g: u32) -> vec4f {
  return vec4f(scaleAt(outputs.x, g), scaleAt(outputs.y, g), scaleAt(outputs.z, g), scaleAt(outputs.w, g));
}

/// Columns k … k + 7 of four rows less half of the codes' range, for a k that is a multiple of 8. Flipping the highest bit of
/// a code subtracts half of the range in two's complement.
@if(octets) fn octetOf(outputs: vec4u, k: u32) -> Octet {
  let at = outputs * params.wordsPerRow + wordOf(k);
  let words = vec4u(codes[at.x], codes[at.y], codes[at.z], codes[at.w]);
  @if(bits2) return octetOfPairs((words ^ vec4u(0xaaaaaaaau)) >> vec4u(2u * (k & 8u)));
  @if(bits4) return octetOfNibbles(words ^ vec4u(0x88888888u));
  @if(bits8) {
    let next = vec4u(codes[at.x + 1u], codes[at.y + 1u], codes[at.z + 1u], codes[at.w + 1u]);
    return octetOfBytes(words ^ vec4u(0x80808080u), next ^ vec4u(0x80808080u));
  }
}

/// Half of the codes' range less the zero points of group g of four rows.
@if(octets && !centred) fn shiftsAt(outputs: vec4u, g: u32) -> vec4f {
  @if(bits2) return 2.0 - offsetsAt(outputs, g);
  @if(bits4) return 8.0 - offsetsAt(outputs, g);
  @if(bits8) return 128.0 - offsetsAt(outputs, g);
}
