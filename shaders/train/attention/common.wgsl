// Bindings and helpers of the two products in the backward pass of attention: out += factors · rows by heads of `headWidth`
// columns, with factors in the layout of scores.wgsl. Condition vec4: head width, stride and column of the rows are multiples
// of 4.
struct Params {
  firstUnit: u32, units: u32, firstQuery: u32, queries: u32, keys: u32,
  length: u32, keyHeads: u32, share: u32, headWidth: u32, causal: u32,
  rowStride: u32, rowColumn: u32,
  outStride: u32, outColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> factors: array<vec4f>;
@if(vec4) @group(0) @binding(2) var<storage, read> rows: array<vec4f>;
@else @group(0) @binding(2) var<storage, read> rows: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

/// Columns 4c … 4c + 3 of a head whose first column is at `start`.
@if(vec4) fn rowAt(start: u32, c: u32) -> vec4f { return rows[start / 4u + c]; }
@if(!vec4) fn rowAt(start: u32, c: u32) -> vec4f {
  let at = min(4u * vec4u(c) + vec4u(0u, 1u, 2u, 3u), vec4u(params.headWidth - 1u)) + start;
  return vec4f(rows[at.x], rows[at.y], rows[at.z], rows[at.w]);
}

/// Adds to those of columns 4c … 4c + 3 that are in the head.
fn store(start: u32, c: u32, sum: vec4f) {
  if (4u * c < params.headWidth) { out[start + 4u * c] += sum.x; }
  if (4u * c + 1u < params.headWidth) { out[start + 4u * c + 1u] += sum.y; }
  if (4u * c + 2u < params.headWidth) { out[start + 4u * c + 2u] += sum.z; }
  if (4u * c + 3u < params.headWidth) { out[start + 4u * c + 3u] += sum.w; }
}
