// Rounding to float16, in which magnitudes that would round beyond 65504 become 65504.
import package::common::float16::{floatToHalfBits, halfBitsToFloat};

fn nearestHalfBits(x: f32) -> u32 {
  let bits = floatToHalfBits(x);
  return (bits & 0x8000u) | min(bits & 0x7fffu, 0x7bffu);
}

/// The bits of x rounded towards zero.
fn truncatedHalfBits(x: f32) -> u32 {
  let bits = nearestHalfBits(x);
  return bits - select(0u, 1u, abs(halfBitsToFloat(bits)) > abs(x));
}

fn nearestHalf(x: f32) -> f32 { return halfBitsToFloat(nearestHalfBits(x)); }
