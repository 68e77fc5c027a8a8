// Float32 arithmetic that rounds to nearest after every operation, as IEEE 754 says, for results that are the same bits everywhere.
// WGSL allows a compiler to fuse a product with a sum and to reorder sums, which `unchanged` prevents: it is 0, but only at run time.
// Its quotient may be off by 2.5 units in the last place, and its root by more; here the exact remainder corrects both. Neither
// arguments nor results, nor the last bits of products, may be beyond the normal numbers: magnitudes of 2^-60 … 2^60 are safe.

fn rounded(value: f32, unchanged: u32) -> f32 {
  return bitcast<f32>(bitcast<u32>(value) ^ unchanged);
}

/// a ÷ b for b ≠ 0.
fn quotient(a: f32, b: f32, unchanged: u32) -> f32 {
  return quotientNear(a, b, a / b, unchanged);
}

/// a ÷ b from a guess that is off by a few units in the last place.
fn quotientNear(a: f32, b: f32, guess: f32, unchanged: u32) -> f32 {
  let near = rounded(guess + remainder(a, b, guess, unchanged) / b, unchanged);
  let rest = remainder(a, b, near, unchanged);
  if (rest == 0.0) { return near; }
  let other = neighbour(near, (rest > 0.0) == (b > 0.0));
  return select(near, other, abs(remainder(a, b, other, unchanged)) < abs(rest));
}

/// √x for x ≥ 0.
fn root(x: f32, unchanged: u32) -> f32 {
  if (x == 0.0) { return 0.0; }
  return rootNear(x, sqrt(x), unchanged);
}

/// √x for x > 0 from a guess that is off by a few units in the last place.
fn rootNear(x: f32, guess: f32, unchanged: u32) -> f32 {
  let near = rounded(guess + remainder(x, guess, guess, unchanged) / (2.0 * guess), unchanged);
  let rest = remainder(x, near, near, unchanged);
  if (rest == 0.0) { return near; }
  let other = neighbour(near, rest > 0.0);
  let otherRest = abs(remainder(x, other, other, unchanged));
  // x and both squares are multiples of the squared distance of the two, so the sum of the remainders says on which side of the
  // square of their midpoint x is.
  return select(near, other, otherRest < abs(rest) || (rest > 0.0 && otherRest == abs(rest)));
}

/// a − q·b, which is exact where q·b is near a: a product is the sum of its rounded value and its error (Dekker 1971).
fn remainder(a: f32, b: f32, q: f32, unchanged: u32) -> f32 {
  let product = rounded(q * b, unchanged);
  let high = vec2f(highHalf(q, unchanged), highHalf(b, unchanged));
  let low = vec2f(rounded(q - high.x, unchanged), rounded(b - high.y, unchanged));
  var error = rounded(high.x * high.y - product, unchanged);
  error = rounded(error + rounded(high.x * low.y, unchanged), unchanged);
  error = rounded(error + rounded(low.x * high.y, unchanged), unchanged);
  error = rounded(error + rounded(low.x * low.y, unchanged), unchanged);
  return rounded(rounded(a - product, unchanged) - error, unchanged);
}

/// The leading 12 bits of a number.
fn highHalf(x: f32, unchanged: u32) -> f32 {
  let scaled = rounded(4097.0 * x, unchanged);
  return rounded(scaled - rounded(scaled - x, unchanged), unchanged);
}

/// The next float32 above or below x ≠ 0.
fn neighbour(x: f32, above: bool) -> f32 {
  return bitcast<f32>(select(bitcast<u32>(x) - 1u, bitcast<u32>(x) + 1u, above == (x > 0.0)));
}
