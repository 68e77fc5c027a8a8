// k-means, sums: for every element h·(x − c) and h are added to its centroid's coordinate, in fixed point by atomics, so that
// the order of the additions changes nothing. One thread per element.
// x [elements], indices [vectors], codebook [clusters, padded] -> sums [clusters, padded, 4]: low and high words of both.
// WEIGHTS 0: h = 1; 1: mean weight of the vector's columns; 2: weight of the element's column. Weights lie in [0, 1].
import package::common::grid::linearInvocation;
import package::codecs::kit::kMeans::fixed::{fixedScale, toFixed};

override DIMENSION = 4u;
override WEIGHTS = 0u;
struct Params { elements: u32, padded: u32, firstElement: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> codebook: array<f32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read> largest: u32;
@group(0) @binding(6) var<storage, read_write> sums: array<atomic<u32>>;

/// Adds to the 64-bit sum at `at`: whichever addition wraps the low word carries.
fn add(at: u32, value: vec2u) {
  let before = atomicAdd(&sums[at], value.x);
  atomicAdd(&sums[at + 1u], value.y + select(0u, 1u, before + value.x < before));
}

fn weight(element: u32) -> f32 { return weights[(params.firstElement + element) % params.columns]; }

fn weightOf(i: u32) -> f32 {
  if (WEIGHTS == 0u) { return 1.0; }
  if (WEIGHTS == 2u) { return weight(i); }
  var sum = 0.0;
  let first = i - i % DIMENSION;
  for (var d = 0u; d < DIMENSION; d++) { sum += weight(first + d); }
  return sum / f32(DIMENSION);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.elements) { return; }
  let at = indices[i / DIMENSION] * params.padded + i % DIMENSION;
  let h = weightOf(i);
  add(4u * at, toFixed(h * (x[i] - codebook[at]) * fixedScale(largest)));
  add(4u * at + 2u, vec2u(u32(h * 0x1p30f), 0u));
}
