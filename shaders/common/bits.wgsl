// Bitstreams of fixed-width codes: code i lies at bits [i·bits, (i + 1)·bits), little-endian (src/codecs/kit/bits.ts).

/// The code that starts `shift` bits (0 … 31) into word `low`; its upper bits may lie in the next word, `high`.
fn codeAt(low: u32, high: u32, shift: u32, bits: u32) -> u32 {
  // Two shifts: a shift by 32 would be undefined.
  let joined = (low >> shift) | ((high << (31u - shift)) << 1u);
  return joined & ((1u << bits) - 1u);
}
