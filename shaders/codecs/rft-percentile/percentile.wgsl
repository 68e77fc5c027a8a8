// Finds the threshold of each block: the percentile of its moduli by linear interpolation between the two nearest ranks. Ranks are
// found by bisection over the bits of float32, since non-negative floats have the order of their bits. One workgroup per block.
// c [blocks, length] complex → thresholds [blocks]; low = rank below (0 …), share = weight of the rank above.
// Moduli have 12 significant bits, so that the two of a conjugate pair are equal whatever the rounding of the transform.
import package::common::grid::linearWorkgroup;
import package::codecs::kit::transforms::coarse::coarseModulus;

struct Params { blocks: u32, length: u32, low: u32, share: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> thresholds: array<f32>;

var<workgroup> below: atomic<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = linearWorkgroup(group, groups);
  if (block >= params.blocks) { return; }
  let low = ranked(block, params.low, local);
  let high = ranked(block, min(params.low + 1u, params.length - 1u), local);
  if (local == 0u) { thresholds[block] = low + params.share * (high - low); }
}

/// Finds the modulus of a rank, counted from the smallest.
fn ranked(block: u32, rank: u32, local: u32) -> f32 {
  var found = 0u;
  for (var bit = 0x40000000u; bit > 0u; bit >>= 1u) {
    if (local == 0u) { atomicStore(&below, 0u); }
    workgroupBarrier();
    var count = 0u;
    for (var i = local; i < params.length; i += 64u) {
      count += select(0u, 1u, bitcast<u32>(coarseModulus(c[block * params.length + i])) < (found | bit));
    }
    atomicAdd(&below, count);
    workgroupBarrier();
    if (atomicLoad(&below) <= rank) { found |= bit; }
    workgroupBarrier();
  }
  return bitcast<f32>(found);
}
