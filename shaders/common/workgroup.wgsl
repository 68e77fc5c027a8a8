// Sums and maxima over a workgroup. Partial values are added in a fixed order.

var<workgroup> shares: array<f32, 64>;
var<workgroup> pairs: array<vec2f, 64>;
var<workgroup> magnitudes: array<u32, 64>;

/// The sum over 64 threads, returned to each of them.
fn sumOfWorkgroup(local: u32, own: f32) -> f32 {
  shares[local] = own;
  for (var width = 32u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local < width) { shares[local] += shares[local + width]; }
  }
  workgroupBarrier();
  let total = shares[0];
  // The next sum must not overwrite what another thread still reads.
  workgroupBarrier();
  return total;
}

/// Two sums at once, as `sumOfWorkgroup`.
fn sumsOfWorkgroup(local: u32, own: vec2f) -> vec2f {
  pairs[local] = own;
  for (var width = 32u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local < width) { pairs[local] += pairs[local + width]; }
  }
  workgroupBarrier();
  let totals = pairs[0];
  workgroupBarrier();
  return totals;
}

/// The maximum over 64 threads, returned to each of them.
fn largestOfWorkgroup(local: u32, own: u32) -> u32 {
  magnitudes[local] = own;
  for (var width = 32u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local < width) { magnitudes[local] = max(magnitudes[local], magnitudes[local + width]); }
  }
  workgroupBarrier();
  let largest = magnitudes[0];
  workgroupBarrier();
  return largest;
}
