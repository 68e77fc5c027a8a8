// Arithmetic of Tenpak's group quantiser: value ≈ code · step + offset, code = 0 … levels.

/// a ÷ b correctly rounded where fma is one operation: WGSL's division alone may err by 2.5 ULP.
fn quotient(a: f32, b: f32) -> f32 {
  let q = a / b;
  return q + fma(-q, b, a) / b;
}

/// (high − low) ÷ levels; 1 for a range up to 1e-8.
fn stepOf(low: f32, high: f32, levels: f32) -> f32 {
  if (high - low <= 1e-8) { return 1.0; }
  return quotient(high - low, levels);
}

/// Half away from zero; what is negative becomes 0 either way.
fn codeOf(value: f32, offset: f32, inverse: f32, levels: f32) -> f32 {
  return clamp(floor((value - offset) * inverse + 0.5), 0.0, levels);
}
