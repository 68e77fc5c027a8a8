// What the kernels of C[I, J] += A · B share: bindings, addresses, the guarded store. Both products of a linear layer
// backwards have a B [P, J] stored along its rows; A is stored [I, P] (dX = dY · W), or, under condition transposed,
// [P, I] (dW = dYᵀ · X). All three are columns of wider row-major buffers. A dispatch adds the terms [firstStep, lastStep)
// of the sum over P to rows [firstRow, lastRow) of C.
// Condition vec4: B lies at multiples of 4 and is read as vec4.

struct Params {
  firstRow: u32, lastRow: u32,
  firstStep: u32, lastStep: u32,
  columns: u32,
  aStride: u32, aColumn: u32,
  bStride: u32, bColumn: u32,
  cStride: u32, cColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@if(vec4) @group(0) @binding(2) var<storage, read> b: array<vec4f>;
@else @group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

/// Where row `row` of A starts, clamped into the dispatch so that edge tiles read valid memory.
fn aStart(row: u32) -> u32 {
  let i = min(row, params.lastRow - 1u);
  @if(transposed) return params.aColumn + i;
  @else return params.aColumn + i * params.aStride;
}

/// Distance of two terms of one row of A.
fn aStep() -> u32 {
  @if(transposed) return params.aStride;
  @else return 1u;
}

/// Where columns [column, column + 4) of B start in its row 0, clamped likewise; `column` is a multiple of 4.
fn bStart(column: u32) -> u32 {
  let start = params.bColumn + min(column, (params.columns - 1u) & ~3u);
  @if(vec4) return start / 4u;
  @else return start;
}

/// Distance of two rows of B.
fn bStep() -> u32 {
  @if(vec4) return params.bStride / 4u;
  @else return params.bStride;
}

/// Four columns of B at an address of the first; those beyond its width repeat the last.
fn bQuad(at: u32, column: u32) -> vec4f {
  @if(vec4) return b[at];
  @else {
    let more = min(3u, params.columns - 1u - min(column, (params.columns - 1u) & ~3u));
    return vec4f(b[at], b[at + min(1u, more)], b[at + min(2u, more)], b[at + more]);
  }
}

/// Adds to one element of C, unless it lies outside the dispatch.
fn add(row: u32, column: u32, sum: f32) {
  if (row >= params.lastRow || column >= params.columns) { return; }
  c[row * params.cStride + params.cColumn + column] += sum;
}

/// Adds to four columns of one row.
fn addRow(row: u32, column: u32, sums: vec4f) {
  add(row, column, sums.x);
  add(row, column + 1u, sums.y);
  add(row, column + 2u, sums.z);
  add(row, column + 3u, sums.w);
}
