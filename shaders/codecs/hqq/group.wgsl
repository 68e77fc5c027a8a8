// What one group of hqq maps to: codes 0 … levels with w ≈ (code − zero) · scale, zero real (src/codecs/methods/integer/hqq/reference.ts).

/// Largest magnitude that takes part: beyond it every scale overflows float16 anyway, and no sum becomes infinite.
const HUGE = 1e30;

/// A weight as every adapter reads it: subnormal float32 count as zero.
fn normal(w: f32) -> f32 {
  return select(clamp(w, -HUGE, HUGE), 0.0, abs(w) < 0x1p-126f);
}

/// Where code k begins: a difference and a product, each rounded once.
fn threshold(k: f32, scale: f32, zero: f32) -> f32 {
  return (k - 0.5 - zero) * scale;
}

/// w ÷ scale + zero to the nearest integer, half up, within 0 … levels; 0 for an empty scale.
fn quantise(w: f32, scale: f32, zero: f32, levels: f32) -> f32 {
  if (scale == 0.0) { return 0.0; }
  // The quotient is a guess within one of the code (|zero| is at most 2^16); the thresholds decide.
  let guess = clamp(floor(w / scale + zero + 0.5), 0.0, levels);
  if (guess > 0.0 && w < threshold(guess, scale, zero)) { return guess - 1.0; }
  if (guess < levels && w >= threshold(guess + 1.0, scale, zero)) { return guess + 1.0; }
  return guess;
}
