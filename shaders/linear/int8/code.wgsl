// The int8 code of a value in a row with a known largest magnitude: 127·v ÷ largest to the nearest integer, half away from
// zero. It is computed in integers, because WGSL's division may be off by 2.5 ULP.

/// The bits of 2^-100. Rows whose largest magnitude is below it count as zero, so that no product becomes subnormal.
const ZERO_THRESHOLD = 0x0d800000u;

/// The code in two's complement, in the lowest byte. Both arguments are float32 bits with |value| ≤ largest; largest is 0
/// or at least ZERO_THRESHOLD.
fn int8Code(value: u32, largest: u32) -> u32 {
  let magnitude = value & 0x7fffffffu;
  // If v is smaller by 9 octaves, 127·v ÷ largest is below ½.
  let octaves = (largest >> 23u) - (magnitude >> 23u);
  if (largest == 0u || octaves > 8u) { return 0u; }
  // floor(254·v ÷ largest): 254 times a significand of 24 bits fits a word.
  let doubled = ((254u * significand(magnitude)) >> octaves) / significand(largest);
  let code = (doubled + 1u) / 2u;
  return select(code, (256u - code) & 255u, value != magnitude);
}

/// The significand of a normal number, 24 bits.
fn significand(magnitude: u32) -> u32 {
  return (magnitude & 0x7fffffu) | 0x800000u;
}
