// Quotients rounded exactly. WGSL division may err by 2.5 ULP; the quotient is a first guess, and products that are exact in
// float32 decide (docs/architecture.md, Codes).
import package::common::float16::{floatToHalfBits, halfBitsToFloat};

/// |w| ÷ scale to the nearest integer, half away from zero, for a scale > 0 that is a float16 and results up to 4095:
/// (q ± ½)·scale takes at most 13 + 11 bits.
fn roundedQuotient(magnitude: f32, scale: f32) -> u32 {
  let guess = floor(magnitude / scale + 0.5);
  if (magnitude < (guess - 0.5) * scale) { return u32(guess) - 1u; }
  return u32(guess) + select(0u, 1u, magnitude >= (guess + 0.5) * scale);
}

/// x ÷ divisor (x ≥ 0, divisor an integer up to 4095) as the bits of the nearest float16, ties to even; infinity from 65520 up.
fn halfQuotient(x: f32, divisor: f32) -> u32 {
  // A range of nothing but −0 may arrive as −0: its sign must not reach the bits.
  let guess = floatToHalfBits(x / divisor) & 0x7fffu;
  let odd = (guess & 1u) == 1u;
  if (guess < 0x7c00u) {
    let above = halfwayAbove(guess) * divisor;
    if (x > above || (x == above && odd)) { return guess + 1u; }
  }
  if (guess > 0u) {
    let below = halfwayAbove(guess - 1u) * divisor;
    if (x < below || (x == below && odd)) { return guess - 1u; }
  }
  return guess;
}

/// Halfway between a half and the next one; the next after 65504 counts as 65536.
fn halfwayAbove(half: u32) -> f32 {
  return 0.5 * (halfBitsToFloat(half) + halfBitsToFloat(half + 1u));
}
