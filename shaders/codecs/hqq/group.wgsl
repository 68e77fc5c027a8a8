// A group of hqq has codes 0 … levels with w ≈ (code − zero) · scale and a real zero (src/codecs/methods/integer/hqq/reference.ts).

/// The magnitude to which larger ones are clamped. Beyond it every scale overflows float16 anyway, and no sum becomes infinite.
const HUGE = 1e30;

/// Replaces subnormal float32 by zero, so that every adapter reads the same weight.
fn flushSubnormal(w: f32) -> f32 {
  return select(clamp(w, -HUGE, HUGE), 0.0, abs(w) < 0x1p-126f);
}

/// Computes where code k begins, by a difference and a product that are rounded once each.
fn threshold(k: f32, scale: f32, zero: f32) -> f32 {
  return (k - 0.5 - zero) * scale;
}

/// Rounds w ÷ scale + zero to the nearest integer, half up, within 0 … levels. The code is 0 for a scale of 0.
fn quantise(w: f32, scale: f32, zero: f32, levels: f32) -> f32 {
  if (scale == 0.0) { return 0.0; }
  // The quotient is within one of the code, since |zero| is at most 2^16, and the thresholds decide.
  let guess = clamp(floor(w / scale + zero + 0.5), 0.0, levels);
  if (guess > 0.0 && w < threshold(guess, scale, zero)) { return guess - 1.0; }
  if (guess < levels && w >= threshold(guess + 1.0, scale, zero)) { return guess + 1.0; }
  return guess;
}
