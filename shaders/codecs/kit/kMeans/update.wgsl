// k-means, update: c += Σ h·(x − c) ÷ Σ h for every coordinate, and the sums are cleared; a centroid that no vector chose stays.
// `rounded`: the new centroid is the nearest float16. One thread per coordinate of codebook [count].
import package::common::grid::linearInvocation;
import package::codecs::kit::kMeans::fixed::{fixedScale, fromFixed};
import package::codecs::kit::kMeans::half::nearestHalf;

struct Params { count: u32, rounded: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> largest: u32;
@group(0) @binding(2) var<storage, read_write> sums: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> codebook: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let sum = sums[i];
  sums[i] = vec4u(0u);
  let weight = fromFixed(sum.z, sum.w) * 0x1p-30f;
  if (weight == 0.0) { return; }
  let moved = codebook[i] + fromFixed(sum.x, sum.y) / fixedScale(largest) / weight;
  codebook[i] = select(moved, nearestHalf(moved), params.rounded == 1u);
}
