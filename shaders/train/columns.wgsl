// Sums over the 8 threads that share a column in workgroups of 8 × 8.

/// Partial sums, [row mod 8][column mod 8].
var<workgroup> partial: array<f32, 64>;

/// Adds the values of the threads of a column in a fixed order. The thread with local.y = 0 gets the sum.
fn sumOfColumn(local: vec3u, own: f32) -> f32 {
  let slot = local.y * 8u + local.x;
  partial[slot] = own;
  for (var height = 4u; height > 0u; height /= 2u) {
    workgroupBarrier();
    if (local.y < height) { partial[slot] += partial[slot + height * 8u]; }
  }
  return partial[slot];
}
