// Rows of x for a product with int8 weights and float activations: x [rows, columns], columns of a wider buffer, times
// factors [columns] (condition factors) → out [rows, quadsPerRow], zeros behind the last column. One thread per four.
import package::common::grid::linearInvocation;

struct Params { firstQuad: u32, lastQuad: u32, columns: u32, quadsPerRow: u32, xStride: u32, xColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@if(factors) @group(0) @binding(3) var<storage, read> factors: array<f32>;

fn valueAt(start: u32, k: u32) -> f32 {
  if (k >= params.columns) { return 0.0; }
  @if(factors) return x[start + k] * factors[k];
  @else return x[start + k];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = params.firstQuad + linearInvocation(group, groups, local, 64u);
  if (i >= params.lastQuad) { return; }
  let start = (i / params.quadsPerRow) * params.xStride + params.xColumn;
  let k = 4u * (i % params.quadsPerRow);
  out[i] = vec4f(valueAt(start, k), valueAt(start, k + 1u), valueAt(start, k + 2u), valueAt(start, k + 3u));
}
