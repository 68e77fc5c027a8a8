// Applies one stage of the orthonormal Walsh–Hadamard transform in place: (u, v) → (u + v, u − v) ÷ √2 for values `half` apart, where
// half is a power of two. One thread per pair of the values [first, first + 2·pairs). Blocks of 2·half divide the width of a row.
import package::common::grid::linearInvocation;

struct Params { first: u32, pairs: u32, half: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.pairs) { return; }
  let low = params.first + (i / params.half) * 2u * params.half + i % params.half;
  // Scaling first keeps sums of large weights finite if the result is.
  let u = values[low] * 0.70710678;
  let v = values[low + params.half] * 0.70710678;
  values[low] = u + v;
  values[low + params.half] = u - v;
}
