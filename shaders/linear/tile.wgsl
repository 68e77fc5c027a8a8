// The elements of y[M, N] = x[M, K] · W[N, K]ᵀ (+ b[N]) that a thread computes, and their storage, for any form of W. A kernel
// loads and multiplies in between.
// Condition bias: b is added. Condition alpha: the product is multiplied by α. Condition beta: β · y is added; without it y is
// not read.
import package::common::grid::linearWorkgroup;

/// The work of one dispatch (src/runtime/linear/pieces.ts): rows [firstRow, lastRow) of x and outputs [firstOutput, lastOutput)
/// of one part of a row-split W. x and y are columns of wider row-major buffers; x is counted in the units the kernel reads,
/// scalars or vectors, y and b in float32. yColumn and biasColumn are those of output 0 of the part; if y has only later
/// outputs, yColumn is negative and wraps around.
struct Piece {
  firstRow: u32, lastRow: u32,
  firstOutput: u32, lastOutput: u32,
  xStride: u32, xColumn: u32,
  yStride: u32, yColumn: u32,
  biasColumn: u32,
  @if(alpha) alpha: f32,
  @if(beta) beta: f32,
}
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@if(bias) @group(0) @binding(2) var<storage, read> bias: array<f32>;

/// Row and output of the first element of a workgroup's tile of `rows` × `outputs`. Tiles are ordered along the outputs first.
fn tileCorner(piece: Piece, group: vec3u, groups: vec3u, rows: u32, outputs: u32) -> vec2u {
  let across = (piece.lastOutput - piece.firstOutput + outputs - 1u) / outputs;
  let tile = linearWorkgroup(group, groups);
  return vec2u(piece.firstRow + (tile / across) * rows, piece.firstOutput + (tile % across) * outputs);
}

/// Whether the element at [row, output] is outside the piece.
fn isOutside(piece: Piece, at: vec2u) -> bool {
  return at.x >= piece.lastRow || at.y >= piece.lastOutput;
}

/// Four rows from `row` on, clamped to the piece so that edge tiles read valid memory.
fn fourRows(piece: Piece, row: u32) -> vec4u {
  return min(row + vec4u(0u, 1u, 2u, 3u), vec4u(piece.lastRow - 1u));
}

/// Four outputs from `output` on, clamped likewise.
fn fourOutputs(piece: Piece, output: u32) -> vec4u {
  return min(output + vec4u(0u, 1u, 2u, 3u), vec4u(piece.lastOutput - 1u));
}

/// The index at which a row of x starts.
fn xStart(piece: Piece, row: u32) -> u32 {
  return row * piece.xStride + piece.xColumn;
}

/// The indices at which four rows of x start.
fn xStarts(piece: Piece, rows: vec4u) -> vec4u {
  return rows * piece.xStride + piece.xColumn;
}

/// Stores one element unless it is outside the piece. With α = 0 the product is left out, even if it is not finite.
fn store(piece: Piece, at: vec2u, product: f32) {
  if (isOutside(piece, at)) { return; }
  let i = at.x * piece.yStride + piece.yColumn + at.y;
  var value = product;
  @if(alpha) { value = select(piece.alpha * product, 0.0, piece.alpha == 0.0); }
  @if(bias) { value += bias[piece.biasColumn + at.y]; }
  @if(beta) { value += piece.beta * y[i]; }
  y[i] = value;
}

/// Stores four outputs of one row.
fn storeRow(piece: Piece, at: vec2u, products: vec4f) {
  store(piece, at, products.x);
  store(piece, at + vec2u(0u, 1u), products.y);
  store(piece, at + vec2u(0u, 2u), products.z);
  store(piece, at + vec2u(0u, 3u), products.w);
}

/// Stores four rows of one output.
fn storeColumn(piece: Piece, at: vec2u, products: vec4f) {
  store(piece, at, products.x);
  store(piece, at + vec2u(1u, 0u), products.y);
  store(piece, at + vec2u(2u, 0u), products.z);
  store(piece, at + vec2u(3u, 0u), products.w);
}

/// Stores four outputs of four rows.
fn storeTile(piece: Piece, at: vec2u, row0: vec4f, row1: vec4f, row2: vec4f, row3: vec4f) {
  storeRow(piece, at, row0);
  storeRow(piece, at + vec2u(1u, 0u), row1);
  storeRow(piece, at + vec2u(2u, 0u), row2);
  storeRow(piece, at + vec2u(3u, 0u), row3);
}
