// Arithmetic of Tenpak's group quantiser: value ≈ code · step + offset, code = 0 … levels.

/// Divides a by b, correctly rounded in all but the rarest cases, because WGSL's division alone may err by 2.5 ULP. The remainder
/// a − q·b comes from products of half significands, which are exact with or without a fused multiply-add.
fn quotient(a: f32, b: f32) -> f32 {
  let q = a / b;
  let qHigh = upperHalf(q);
  let bHigh = upperHalf(b);
  let qLow = q - qHigh;
  let bLow = b - bHigh;
  let remainder = (((a - qHigh * bHigh) - qHigh * bLow) - qLow * bHigh) - qLow * bLow;
  return q + remainder / b;
}

/// Keeps the upper 12 bits of the significand.
fn upperHalf(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }

/// Computes (high − low) ÷ levels, or 1 for a range up to 1e-8.
fn stepOf(low: f32, high: f32, levels: f32) -> f32 {
  if (high - low <= 1e-8) { return 1.0; }
  return quotient(high - low, levels);
}

/// Rounds half up, which only for negative values differs from half away from zero; those become 0.
fn codeOf(value: f32, offset: f32, inverse: f32, levels: f32) -> f32 {
  return clamp(floor((value - offset) * inverse + 0.5), 0.0, levels);
}
