// Computes 4-bit codes of flattened weights [count] by scaled decision boundaries. One thread packs 8 codes into a word, the first of
// each byte in the high nibble. Ranks and ties are those of src/codecs/kit/lookupTable/reference.ts: one float32 product per boundary
// and a strict comparison, without division.
import package::common::grid::linearInvocation;

struct Params { count: u32, block: u32, boundaryCount: u32, signMagnitude: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> absmax: array<f32>;
@group(0) @binding(3) var<storage, read> boundaries: array<f32>;
@group(0) @binding(4) var<storage, read> codeOfRank: array<u32>;
@group(0) @binding(5) var<storage, read_write> codes: array<u32>;

const SIGN = 0x80000000u;

fn rankCode(x: f32, largest: f32) -> u32 {
  var rank = 0u;
  for (var i = 0u; i < params.boundaryCount; i++) {
    rank += select(0u, 1u, x > boundaries[i] * largest);
  }
  return codeOfRank[rank];
}

fn lookupCode(bits: u32, largest: f32) -> u32 {
  if (largest == 0.0) { return rankCode(0.0, 1.0); }
  if (params.signMagnitude == 0u) { return rankCode(bitcast<f32>(bits), largest); }
  return rankCode(bitcast<f32>(bits & ~SIGN), largest) + select(0u, 8u, bits > SIGN);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  let first = word * 8u;
  if (first >= params.count) { return; }
  // Blocks are multiples of 8 weights, so a word is within one block.
  let largest = absmax[first / params.block];
  var packed = 0u;
  for (var i = first; i < min(first + 8u, params.count); i++) {
    packed |= lookupCode(weights[i], largest) << (4u * ((i & 7u) ^ 1u));
  }
  codes[word] = packed;
}
