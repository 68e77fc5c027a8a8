// Sums that do not depend on their order: 64-bit fixed point in two words, added by atomics. The unit follows from the
// largest magnitude in the data, so that 2^25 addends of twice that size cannot overflow.

/// 2^(37 − E) where 2^E is at least four times the largest magnitude (given as float32 bits): units per 1.
fn fixedScale(largest: u32) -> f32 {
  let exponent = clamp(i32(largest >> 23u) - 124, -80, 130);
  return ldexp(1.0, 37 - exponent);
}

/// A value of magnitude below 2^37 as two's complement (low, high), the fraction cut.
fn toFixed(value: f32) -> vec2u {
  let magnitude = abs(value);
  let high = floor(magnitude * 0x1p-32f);
  let words = vec2u(u32(magnitude - high * 0x1p32f), u32(high));
  if (value >= 0.0) { return words; }
  return vec2u(~words.x + 1u, ~words.y + select(0u, 1u, words.x == 0u));
}

/// The float32 nearest to a sum, but for one rounding of each word.
fn fromFixed(low: u32, high: u32) -> f32 {
  if ((high & 0x80000000u) == 0u) { return f32(high) * 0x1p32f + f32(low); }
  return -(f32(~high + select(0u, 1u, low == 0u)) * 0x1p32f + f32(~low + 1u));
}
