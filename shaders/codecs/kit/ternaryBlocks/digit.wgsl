// The packings that store several codes in one number share the digits of base 3.

/// Computes 3^index for index up to 20, as the product of the powers of its bits.
fn powerOf3(index: u32) -> u32 {
  let low = select(1u, 3u, (index & 1u) != 0u) * select(1u, 9u, (index & 2u) != 0u) * select(1u, 81u, (index & 4u) != 0u);
  return low * select(1u, 6561u, (index & 8u) != 0u) * select(1u, 43046721u, (index & 16u) != 0u);
}

/// Computes digit `index` of a number in base 3, the lowest first.
fn digitOf(number: u32, index: u32) -> u32 {
  return (number / powerOf3(index)) % 3u;
}
