// Products of eight columns of a row with four outputs, for kernels in which lanes 0 … 7 of each subgroup load the eight
// columns of x, one each, and broadcast them. Needs subgroups of at least 8.
enable subgroups;

/// Eight columns of W for four outputs.
struct Octet { c0: vec4f, c1: vec4f, c2: vec4f, c3: vec4f, c4: vec4f, c5: vec4f, c6: vec4f, c7: vec4f }

/// Column j = lane % 8 of a lane's value, times column j of W, summed over j.
fn octetProduct(a: f32, w: Octet) -> vec4f {
  return subgroupBroadcast(a, 0u) * w.c0 + subgroupBroadcast(a, 1u) * w.c1 + subgroupBroadcast(a, 2u) * w.c2
    + subgroupBroadcast(a, 3u) * w.c3 + subgroupBroadcast(a, 4u) * w.c4 + subgroupBroadcast(a, 5u) * w.c5
    + subgroupBroadcast(a, 6u) * w.c6 + subgroupBroadcast(a, 7u) * w.c7;
}

/// The octet plus a number for each output.
fn shiftedOctet(w: Octet, shift: vec4f) -> Octet {
  return Octet(w.c0 + shift, w.c1 + shift, w.c2 + shift, w.c3 + shift, w.c4 + shift, w.c5 + shift, w.c6 + shift, w.c7 + shift);
}

/// Eight integers of 2 bits in two's complement for each of four outputs, the first in the lowest bits of its word.
fn octetOfPairs(words: vec4u) -> Octet {
  return Octet(
    vec4f(vec4i(words << vec4u(30u)) >> vec4u(30u)), vec4f(vec4i(words << vec4u(28u)) >> vec4u(30u)),
    vec4f(vec4i(words << vec4u(26u)) >> vec4u(30u)), vec4f(vec4i(words << vec4u(24u)) >> vec4u(30u)),
    vec4f(vec4i(words << vec4u(22u)) >> vec4u(30u)), vec4f(vec4i(words << vec4u(20u)) >> vec4u(30u)),
    vec4f(vec4i(words << vec4u(18u)) >> vec4u(30u)), vec4f(vec4i(words << vec4u(16u)) >> vec4u(30u)),
  );
}

/// Eight integers of 4 bits likewise.
fn octetOfNibbles(words: vec4u) -> Octet {
  return Octet(
    vec4f(vec4i(words << vec4u(28u)) >> vec4u(28u)), vec4f(vec4i(words << vec4u(24u)) >> vec4u(28u)),
    vec4f(vec4i(words << vec4u(20u)) >> vec4u(28u)), vec4f(vec4i(words << vec4u(16u)) >> vec4u(28u)),
    vec4f(vec4i(words << vec4u(12u)) >> vec4u(28u)), vec4f(vec4i(words << vec4u(8u)) >> vec4u(28u)),
    vec4f(vec4i(words << vec4u(4u)) >> vec4u(28u)), vec4f(vec4i(words) >> vec4u(28u)),
  );
}

/// Eight integers of 8 bits likewise, in two words for each output.
fn octetOfBytes(low: vec4u, high: vec4u) -> Octet {
  return Octet(
    vec4f(vec4i(low << vec4u(24u)) >> vec4u(24u)), vec4f(vec4i(low << vec4u(16u)) >> vec4u(24u)),
    vec4f(vec4i(low << vec4u(8u)) >> vec4u(24u)), vec4f(vec4i(low) >> vec4u(24u)),
    vec4f(vec4i(high << vec4u(24u)) >> vec4u(24u)), vec4f(vec4i(high << vec4u(16u)) >> vec4u(24u)),
    vec4f(vec4i(high << vec4u(8u)) >> vec4u(24u)), vec4f(vec4i(high) >> vec4u(24u)),
  );
}
