// Bindings and helpers of the float32 kernels of y[M, N] = x[M, K] · W[N, K]ᵀ (+ b[N]). W [N, K] is one part of a row-split
// matrix. Condition vec4: K and the layout of x are multiples of 4, and W and x are read as vec4. Condition scalarX: x is read
// as scalars nevertheless, and only K needs to be a multiple of 4.
import package::linear::tile::Piece;

struct Params { columns: u32, @align(16) piece: Piece }
@group(0) @binding(0) var<uniform> params: Params;
@if(vec4 && !scalarX) @group(0) @binding(3) var<storage, read> x: array<vec4f>;
@else @group(0) @binding(3) var<storage, read> x: array<f32>;
@if(vec4) @group(0) @binding(4) var<storage, read> weight: array<vec4f>;
@else @group(0) @binding(4) var<storage, read> weight: array<f32>;

/// The number of steps along a row of W, each of one column or, with condition vec4, of four.
fn stepsOfRow() -> u32 {
  @if(vec4) return params.columns / 4u;
  @else return params.columns;
}
