// Exactly rounded quotients. WGSL division may be off by 2.5 ULP, so its result is only a first guess; products that are exact
// in float32 decide.
import package::common::float16::{floatToHalfBits, halfBitsToFloat};

/// |w| ÷ scale to the nearest integer, half away from zero, for a float16 scale > 0 and results up to 4095, for which
/// (q ± ½)·scale has at most 13 + 11 bits.
fn roundedQuotient(magnitude: f32, scale: f32) -> u32 {
  let guess = floor(magnitude / scale + 0.5);
  if (magnitude < (guess - 0.5) * scale) { return u32(guess) - 1u; }
  return u32(guess) + select(0u, 1u, magnitude >= (guess + 0.5) * scale);
}

/// The bits of the float16 nearest to x ÷ divisor, ties to even, for x ≥ 0 and an integer divisor up to 4095; infinity from
/// 65520 up.
fn halfQuotient(x: f32, divisor: f32) -> u32 {
  // A range that is all −0 may give −0, whose sign must not reach the bits.
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

/// The midpoint of a half and the next one, which is 65536 for 65504.
fn halfwayAbove(half: u32) -> f32 {
  return 0.5 * (halfBitsToFloat(half) + halfBitsToFloat(half + 1u));
}
