// Bindings and helpers of the kernels of C[I, J] += A · B, the two products in the backward pass of a linear layer. B is [P, J]; A
// is [I, P] (dX = dY · W) or, with condition transposed, [P, I] (dW = dYᵀ · X). All three are columns of wider row-major
// buffers; A and C are x and y of a piece, whose β is 1. A dispatch adds the terms [firstStep, lastStep) of the sum over P.
// Condition vec4: the layout of B is one of multiples of 4, and B is read as vec4.
import package::linear::tile::{Piece, xStarts};

struct Params { firstStep: u32, lastStep: u32, bStride: u32, bColumn: u32, @align(16) piece: Piece }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> a: array<f32>;
@if(vec4) @group(0) @binding(4) var<storage, read> b: array<vec4f>;
@else @group(0) @binding(4) var<storage, read> b: array<f32>;

/// The indices at which rows of A start.
fn aStarts(rows: vec4u) -> vec4u {
  @if(transposed) return params.piece.xColumn + rows;
  @else return xStarts(params.piece, rows);
}

/// The distance between consecutive terms of a row of A.
fn aStep() -> u32 {
  @if(transposed) return params.piece.xStride;
  @else return 1u;
}

/// The index of columns [column, column + 4) in row 0 of B, clamped to its width; `column` is a multiple of 4.
fn bStart(column: u32) -> u32 {
  let start = params.bColumn + min(column, (params.piece.lastOutput - 1u) & ~3u);
  @if(vec4) return start / 4u;
  @else return start;
}

/// The distance between rows of B.
fn bStep() -> u32 {
  @if(vec4) return params.bStride / 4u;
  @else return params.bStride;
}

/// Four columns of B from index `at` on; those beyond its width repeat the last.
fn bQuad(at: u32, column: u32) -> vec4f {
  @if(vec4) return b[at];
  @else {
    let last = params.piece.lastOutput - 1u;
    let more = min(3u, last - min(column, last & ~3u));
    return vec4f(b[at], b[at + min(1u, more)], b[at + min(2u, more)], b[at + more]);
  }
}
