// Bitstreams of fixed-width codes: code i occupies bits [i·bits, (i + 1)·bits), little-endian (src/codecs/kit/bits.ts).

/// The code that starts at bit `shift` (0 … 31) of word `low`; its upper bits may be in the next word, `high`.
fn codeAt(low: u32, high: u32, shift: u32, bits: u32) -> u32 {
  // Two shifts, because a shift by 32 is undefined.
  let joined = (low >> shift) | ((high << (31u - shift)) << 1u);
  return joined & ((1u << bits) - 1u);
}
