// What the float32 kernels of y[M, N] = x[M, K] · W[N, K]ᵀ (+ b[N]) share. W [N, K] is one part of a row-split matrix.
// Condition vec4: K is a multiple of 4, so W is read as vec4, and x too, whose layout then is one of multiples of 4;
// condition scalarX: x is read as scalars all the same.
import package::linear::tile::Piece;

struct Params { columns: u32, @align(16) piece: Piece }
@group(0) @binding(0) var<uniform> params: Params;
@if(vec4 && !scalarX) @group(0) @binding(3) var<storage, read> x: array<vec4f>;
@else @group(0) @binding(3) var<storage, read> x: array<f32>;
@if(vec4) @group(0) @binding(4) var<storage, read> weight: array<vec4f>;
@else @group(0) @binding(4) var<storage, read> weight: array<f32>;

/// Steps along a row of W, of four columns with condition vec4.
fn stepsOfRow() -> u32 {
  @if(vec4) return params.columns / 4u;
  @else return params.columns;
}
