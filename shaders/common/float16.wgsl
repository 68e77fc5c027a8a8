// IEEE 754 binary16 in integer arithmetic with the same bits as src/base/float16.ts: WGSL does not specify the rounding of
// pack2x16float, and adapters may flush subnormal halves.

/// The bits of `x` as binary16, to nearest, ties to even; NaN is 0x7e00, magnitudes from 65520 up are infinity.
fn floatToHalfBits(x: f32) -> u32 {
  return floatBitsToHalfBits(bitcast<u32>(x));
}

/// The same for the bits of a float32.
fn floatBitsToHalfBits(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0x7e00u; }
  if (magnitude >= 0x477ff000u) { return sign | 0x7c00u; }
  if (magnitude < 0x38800000u) { return sign | subnormalHalf(magnitude); }
  let rebiased = magnitude - 0x38000000u;
  return sign | ((rebiased + 0xfffu + ((rebiased >> 13u) & 1u)) >> 13u);
}

/// A magnitude below 2^-14 in units of 2^-24.
fn subnormalHalf(magnitude: u32) -> u32 {
  let exponent = magnitude >> 23u;
  if (exponent < 102u) { return 0u; }
  let significand = (magnitude & 0x7fffffu) | 0x800000u;
  let shift = 126u - exponent;
  let units = significand >> shift;
  let rest = significand & ((1u << shift) - 1u);
  let half = 1u << (shift - 1u);
  return units + select(0u, 1u, rest > half || (rest == half && (units & 1u) == 1u));
}

/// The value of a finite half.
fn halfBitsToFloat(bits: u32) -> f32 {
  let sign = (bits & 0x8000u) << 16u;
  let magnitude = bits & 0x7fffu;
  if (magnitude < 0x400u) {
    return bitcast<f32>(sign | bitcast<u32>(f32(magnitude) * 0x1p-24f));
  }
  return bitcast<f32>(sign | ((magnitude << 13u) + 0x38000000u));
}

/// The value of half `index` of a little-endian array, given the word that holds it; even ones are the low halves.
fn halfOfWord(word: u32, index: u32) -> f32 {
  return halfBitsToFloat((word >> (16u * (index & 1u))) & 0xffffu);
}
