// A weight's code is 0 … 2 for −1, 0, +1. Magnitudes are compared as integers, which have the order of positive floats, exactly for
// every number on any adapter. A zero scale has an infinite cutoff.

/// Codes a finite float32 weight, given its bits and those of the smallest magnitude that is not coded as zero.
fn tritOf(bits: u32, cutoff: u32) -> u32 {
  let sign = select(2u, 0u, bits >= 0x80000000u);
  return select(sign, 1u, (bits & 0x7fffffffu) < cutoff);
}
