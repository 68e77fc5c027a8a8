// Values as float16 holds them; what rounds beyond 65504 stays 65504.
import package::common::float16::{floatToHalfBits, halfBitsToFloat};

fn nearestHalfBits(x: f32) -> u32 {
  let bits = floatToHalfBits(x);
  return (bits & 0x8000u) | min(bits & 0x7fffu, 0x7bffu);
}

/// The half next to x towards zero.
fn truncatedHalfBits(x: f32) -> u32 {
  let bits = nearestHalfBits(x);
  return bits - select(0u, 1u, abs(halfBitsToFloat(bits)) > abs(x));
}

fn nearestHalf(x: f32) -> f32 { return halfBitsToFloat(nearestHalfBits(x)); }
