// Copies picked vectors: out[i] = vector picks[i] of x, for those that lie in this chunk (vectors first … first + vectors − 1).
// x [vectors, DIMENSION] -> out [picks, padded], padded = 4 or 8 with zeros. `rounded`: to the nearest float16.
import package::common::grid::linearInvocation;
import package::codecs::kit::kMeans::half::nearestHalf;

override DIMENSION = 4u;
struct Params { count: u32, padded: u32, first: u32, vectors: u32, rounded: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> picks: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let vector = picks[i];
  if (vector < params.first || vector >= params.first + params.vectors) { return; }
  for (var d = 0u; d < DIMENSION; d++) {
    let value = x[(vector - params.first) * DIMENSION + d];
    out[i * params.padded + d] = select(value, nearestHalf(value), params.rounded == 1u);
  }
}
