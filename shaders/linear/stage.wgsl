// Copies rows of x for products that read four columns at a time. x [rows, columns] is columns of a wider row-major float32
// buffer, multiplied by factors [columns] (condition factors); out [rows, quadsPerRow] is quads of float32, or with condition
// half of float16 (to nearest, ties to even; infinity from 65520 up), zero after the last column. One thread per quad.
import package::common::grid::linearInvocation;
@if(half) import package::common::float16::floatToHalfBits;

struct Params { firstQuad: u32, lastQuad: u32, columns: u32, quadsPerRow: u32, xStride: u32, xColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@if(half) @group(0) @binding(2) var<storage, read_write> out: array<vec2u>;
@else @group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@if(factors) @group(0) @binding(3) var<storage, read> factors: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let quad = params.firstQuad + linearInvocation(group, groups, local, 64u);
  if (quad >= params.lastQuad) { return; }
  let start = (quad / params.quadsPerRow) * params.xStride + params.xColumn;
  let k = 4u * (quad % params.quadsPerRow);
  let values = vec4f(valueAt(start, k), valueAt(start, k + 1u), valueAt(start, k + 2u), valueAt(start, k + 3u));
  @if(half) { out[quad] = vec2u(halfPair(values.xy), halfPair(values.zw)); }
  @else { out[quad] = values; }
}

fn valueAt(start: u32, k: u32) -> f32 {
  if (k >= params.columns) { return 0.0; }
  @if(factors) return x[start + k] * factors[k];
  @else return x[start + k];
}

@if(half) fn halfPair(values: vec2f) -> u32 {
  return floatToHalfBits(values.x) | (floatToHalfBits(values.y) << 16u);
}
