// Products of eight columns of a row with four outputs, for kernels in which lanes 0 … 7 of each subgroup load the eight
// columns of x, one each, and share them. Needs subgroups of at least 8. Condition shuffles: a shuffle by a constant is faster than
// a broadcast, which on software adapters also selects by active lanes.
enable subgroups;

/// Eight columns of W for four outputs.
struct Octet { c0: vec4f, c1: vec4f, c2: vec4f, c3: vec4f, c4: vec4f, c5: vec4f, c6: vec4f, c7: vec4f }

/// Eight columns of a row.
struct Shared { a0: f32, a1: f32, a2: f32, a3: f32, a4: f32, a5: f32, a6: f32, a7: f32 }

/// The values of lanes 0 … 7.
@if(shuffles) fn sharedColumns(a: f32) -> Shared {
  return Shared(
    subgroupShuffle(a, 0u), subgroupShuffle(a, 1u), subgroupShuffle(a, 2u), subgroupShuffle(a, 3u),
    subgroupShuffle(a, 4u), subgroupShuffle(a, 5u), subgroupShuffle(a, 6u), subgroupShuffle(a, 7u),
  );
}
@else fn sharedColumns(a: f32) -> Shared {
  return Shared(
    subgroupBroadcast(a, 0u), subgroupBroadcast(a, 1u), subgroupBroadcast(a, 2u), subgroupBroadcast(a, 3u),
    subgroupBroadcast(a, 4u), subgroupBroadcast(a, 5u), subgroupBroadcast(a, 6u), subgroupBroadcast(a, 7u),
  );
}

/// Column j = lane % 8 of a lane's value, times column j of W, summed over j.
fn octetProduct(a: f32, w: Octet) -> vec4f { return plusOctet(vec4f(), sharedColumns(a), w); }

/// `sum` plus the products of eight columns of a row with an octet.
fn plusOctet(sum: vec4f, x: Shared, w: Octet) -> vec4f {
  return sum + x.a0 * w.c0 + x.a1 * w.c1 + x.a2 * w.c2 + x.a3 * w.c3 + x.a4 * w.c4 + x.a5 * w.c5 + x.a6 * w.c6 + x.a7 * w.c7;
}

/// A row's sums for eight outputs.
struct EightSums { near: vec4f, far: vec4f }

/// Adds the products of a row's eight columns, one in each lane, with two octets of W.
fn addOctets(sums: ptr<function, EightSums>, a: f32, near: Octet, far: Octet) {
  let x = sharedColumns(a);
  *sums = EightSums(plusOctet((*sums).near, x, near), plusOctet((*sums).far, x, far));
}

/// The octet times a number for each output.
fn scaledOctet(w: Octet, factor: vec4f) -> Octet {
  return Octet(
    w.c0 * factor, w.c1 * factor, w.c2 * factor, w.c3 * factor, w.c4 * factor, w.c5 * factor, w.c6 * factor, w.c7 * factor,
  );
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
