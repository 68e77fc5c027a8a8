// Sums over the 16 threads that share an output in workgroups of 16 × 4, for four rows at a time.

/// Partial sums, [output][lane].
var<workgroup> partial: array<vec4f, 64>;
var<workgroup> partialIntegers: array<vec4i, 64>;

/// Adds the values of the lanes of an output. The thread with local.x = 0 gets the sum.
fn sumOfLanes(local: vec3u, own: vec4f) -> vec4f {
  let slot = local.y * 16u + local.x;
  partial[slot] = own;
  for (var width = 8u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local.x < width) { partial[slot] += partial[slot + width]; }
  }
  return partial[slot];
}

/// The same for integers, whose sums are exact.
fn integerSumOfLanes(local: vec3u, own: vec4i) -> vec4i {
  let slot = local.y * 16u + local.x;
  partialIntegers[slot] = own;
  for (var width = 8u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local.x < width) { partialIntegers[slot] += partialIntegers[slot + width]; }
  }
  return partialIntegers[slot];
}
