// Bindings and helpers of the kernels of y[M, N] = x[M, K] · W[N, K]ᵀ (+ b[N]) with int8 weights W[n, k] = code · steps[n].
// codes [N, quadsPerRow]: int8 in two's complement, 4 in a word. Condition int8: x [M, quadsPerRow] is the result of
// linear/int8/quantise, int8 codes with the largest magnitude of each row in rowMaxima (x = code · largest ÷ 127; sums of
// products are exact integers up to K = 133,144). Without it x is the result of linear/stage, quads of float32.
// Condition outliers: outlierX [M, outlierCount] times outlierWeights [N, outlierCount], float16, is added in float32.
// Condition octets: x is read as scalars in rows of a multiple of 8.
import package::common::float16::halfOfWord;
@if(octets) import package::linear::octets::{Octet, octetOfBytes};
import package::linear::quads::{Quad, int8Quad, STEP_OF_LARGEST};
import package::linear::tile::Piece;

struct Params { quadsPerRow: u32, outlierCount: u32, @align(16) piece: Piece }
@group(0) @binding(0) var<uniform> params: Params;
@if(int8) @group(0) @binding(3) var<storage, read> x: array<u32>;
@if(!int8 && octets) @group(0) @binding(3) var<storage, read> x: array<f32>;
@if(!int8 && !octets) @group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read> codes: array<u32>;
@group(0) @binding(5) var<storage, read> steps: array<f32>;
@if(int8) @group(0) @binding(6) var<storage, read> rowMaxima: array<f32>;
@if(outliers) @group(0) @binding(7) var<storage, read> outlierX: array<f32>;
@if(outliers) @group(0) @binding(8) var<storage, read> outlierWeights: array<u32>;

/// Quad i of x.
@if(!octets) fn xQuad(i: u32) -> Quad {
  @if(int8) return int8Quad(x[i]);
  @else return x[i];
}

/// Quad i of W.
@if(!octets) fn codeQuad(i: u32) -> Quad { return int8Quad(codes[i]); }

/// Quads quad and quad + 1 of four rows of W.
@if(octets) fn octetOf(outputs: vec4u, quad: u32) -> Octet {
  let at = outputs * params.quadsPerRow + quad;
  return octetOfBytes(
    vec4u(codes[at.x], codes[at.y], codes[at.z], codes[at.w]),
    vec4u(codes[at.x + 1u], codes[at.y + 1u], codes[at.z + 1u], codes[at.w + 1u]),
  );
}

/// The factor of a row's sums of products, besides the step of the output.
fn rowStep(row: u32) -> f32 {
  @if(int8) return rowMaxima[row] * STEP_OF_LARGEST;
  @else return 1.0;
}

/// The steps of four outputs.
fn stepsOf(outputs: vec4u) -> vec4f {
  return vec4f(steps[outputs.x], steps[outputs.y], steps[outputs.z], steps[outputs.w]);
}

/// Element j of the outlier columns of a row of x.
@if(outliers) fn outlierAt(row: u32, j: u32) -> f32 {
  return outlierX[row * params.outlierCount + j];
}

/// Weight j of the outlier columns of an output.
@if(outliers) fn outlierWeight(output: u32, j: u32) -> f32 {
  let i = output * params.outlierCount + j;
  return halfOfWord(outlierWeights[i / 2u], i);
}

/// Weight j of the outlier columns of four outputs.
@if(outliers) fn outlierWeights4(outputs: vec4u, j: u32) -> vec4f {
  return vec4f(outlierWeight(outputs.x, j), outlierWeight(outputs.y, j), outlierWeight(outputs.z, j), outlierWeight(outputs.w, j));
}
