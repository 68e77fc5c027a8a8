// A weight's code in 0 … 2 (−1, 0, +1), shared by both packings. Magnitudes are compared as integers: the order of positive
// floats, exact for every number on any adapter. A zero scale has an infinite cut.

/// `bits` of a finite float32 weight, `cut` = bits of the least magnitude that is not coded zero.
fn tritOf(bits: u32, cut: u32) -> u32 {
  let sign = select(2u, 0u, bits >= 0x80000000u);
  return select(sign, 1u, (bits & 0x7fffffffu) < cut);
}
