// What the float32 kernels of y[M, N] = x[M, K] · W[N, K]ᵀ (+ b[N]) share: bindings, addresses, the guarded store.
// Shapes: x and y are columns of wider row-major buffers; W is one part of a row-split matrix. A dispatch covers rows
// [firstRow, lastRow) of x and outputs [firstOutput, lastOutput) of this part; y columns start at yColumn.
// Condition vec4: K is a multiple of 4, so W is read as vec4, and x too, whose layout then is one of multiples of 4;
// condition scalarX: x is read as scalars all the same. Condition bias: b is added.

struct Params {
  firstRow: u32, lastRow: u32,
  firstOutput: u32, lastOutput: u32,
  columns: u32,
  xStride: u32, xColumn: u32,
  yStride: u32, yColumn: u32,
  biasColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@if(vec4 && !scalarX) @group(0) @binding(1) var<storage, read> x: array<vec4f>;
@else @group(0) @binding(1) var<storage, read> x: array<f32>;
@if(vec4) @group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@else @group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@if(bias) @group(0) @binding(4) var<storage, read> bias: array<f32>;

/// Start of an x row, clamped into the dispatch so that edge tiles read valid memory.
fn xStart(row: u32) -> u32 {
  let start = min(row, params.lastRow - 1u) * params.xStride + params.xColumn;
  @if(vec4 && !scalarX) return start / 4u;
  @else return start;
}

/// Start of a row of W, clamped likewise.
fn weightStart(output: u32) -> u32 {
  let start = min(output, params.lastOutput - 1u) * params.columns;
  @if(vec4) return start / 4u;
  @else return start;
}

/// Stores one element, unless it lies outside the dispatch.
fn store(row: u32, output: u32, sum: f32) {
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  var value = sum;
  @if(bias) { value += bias[params.biasColumn + output - params.firstOutput]; }
  y[row * params.yStride + params.yColumn + output - params.firstOutput] = value;
}

/// Stores four outputs of one row.
fn storeRow(row: u32, output: u32, sums: vec4f) {
  store(row, output, sums.x);
  store(row, output + 1u, sums.y);
  store(row, output + 2u, sums.z);
  store(row, output + 3u, sums.w);
}
