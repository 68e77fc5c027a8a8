// Float32 arithmetic of the INT4 group quantiser, equal bit for bit to src/codecs/kit/tenpak/int4/float32.ts on every adapter.
// WGSL may fuse a product with a sum and may err by 2.5 ULP in a division; codes and stored ranges depend on both.

/// Quotients and numerators below this are zero, so that no result depends on how an adapter treats subnormals.
const TINY = 0x1p-100f;

/// Keeps a product rounded before it is added to something. `zero` is 0 at run time only, so that no compiler can drop the xor.
fn unfused(product: f32, zero: u32) -> f32 {
  return bitcast<f32>(bitcast<u32>(product) ^ zero);
}

/// Divides a by b > 0, which is normal, to the nearest float32, ties to even, by long division.
fn divide(a: f32, b: f32) -> f32 {
  if (abs(a) < TINY) { return 0.0; }
  let x = bitcast<u32>(a);
  let y = bitcast<u32>(b);
  var rest = (x & 0x7fffffu) | 0x800000u;
  let divisor = (y & 0x7fffffu) | 0x800000u;
  var exponent = i32((x >> 23u) & 255u) - i32((y >> 23u) & 255u) + 127;
  if (rest < divisor) { rest <<= 1u; exponent -= 1; }
  if (exponent <= 0) { return 0.0; }
  // 24 bits of the quotient and one more that decides the rounding.
  var quotient = 0u;
  for (var i = 0u; i < 25u; i++) {
    quotient <<= 1u;
    if (rest >= divisor) { rest -= divisor; quotient |= 1u; }
    rest <<= 1u;
  }
  let up = (quotient & 1u) & select((quotient >> 1u) & 1u, 1u, rest != 0u);
  let significand = (quotient >> 1u) + up;
  return bitcast<f32>((x & 0x80000000u) | ((u32(exponent) << 23u) + significand - 0x800000u));
}

/// Rounds (w − offset) · inverse to the nearest integer within 0 … levels, half away from zero.
fn codeOf(w: f32, offset: f32, inverse: f32, levels: f32) -> f32 {
  let x = clamp((w - offset) * inverse, 0.0, levels);
  let whole = floor(x);
  // x − whole is exact; floor(x + ½) would round 0.49999997 up.
  return whole + select(0.0, 1.0, x - whole >= 0.5);
}

/// Truncates x to the bits of a float16. Magnitudes from 65536 up become infinity, and zeros lose their sign.
fn truncateToHalf(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let exponent = (bits >> 23u) & 255u;
  if (exponent == 0u) { return 0u; }
  let sign = (bits >> 16u) & 0x8000u;
  if (exponent >= 143u) { return sign | 0x7c00u; }
  if (exponent >= 113u) { return sign | ((exponent - 112u) << 10u) | ((bits >> 13u) & 0x3ffu); }
  if (exponent < 103u) { return sign; }
  return sign | (((bits & 0x7fffffu) | 0x800000u) >> (126u - exponent));
}

/// Replaces a subnormal number or minus zero by zero.
fn normalOrZero(x: f32) -> f32 {
  return bitcast<f32>(select(bitcast<u32>(x), 0u, (bitcast<u32>(x) & 0x7f800000u) == 0u));
}
