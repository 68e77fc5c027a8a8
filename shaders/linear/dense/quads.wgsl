// Products of four columns of a row with four outputs, for kernels in which lanes 0 … 3 of each subgroup load the four columns of
// x, one each, and share them. Needs subgroups of at least 4. Condition shuffles: as in octets.wgsl.
enable subgroups;

/// Four columns of W for four outputs.
struct Quads { c0: vec4f, c1: vec4f, c2: vec4f, c3: vec4f }

/// The columns of four rows of W.
fn columnsOf(b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> Quads {
  return Quads(
    vec4f(b0.x, b1.x, b2.x, b3.x), vec4f(b0.y, b1.y, b2.y, b3.y),
    vec4f(b0.z, b1.z, b2.z, b3.z), vec4f(b0.w, b1.w, b2.w, b3.w),
  );
}

/// `sum` plus column j = lane % 4 of a lane's value, times column j of W, summed over j.
@if(shuffles) fn plusProducts(sum: vec4f, a: f32, w: Quads) -> vec4f {
  return sum + subgroupShuffle(a, 0u) * w.c0 + subgroupShuffle(a, 1u) * w.c1
    + subgroupShuffle(a, 2u) * w.c2 + subgroupShuffle(a, 3u) * w.c3;
}
@else fn plusProducts(sum: vec4f, a: f32, w: Quads) -> vec4f {
  return sum + subgroupBroadcast(a, 0u) * w.c0 + subgroupBroadcast(a, 1u) * w.c1
    + subgroupBroadcast(a, 2u) * w.c2 + subgroupBroadcast(a, 3u) * w.c3;
}
