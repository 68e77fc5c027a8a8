// Packs values [count], one word each and below 2^bits, into a little-endian bitstream. One thread per word of out.
import package::common::grid::linearInvocation;

struct Params { count: u32, words: u32, bits: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (word >= params.words) { return; }
  let firstBit = word * 32u;
  let end = min(params.count, (firstBit + 31u) / params.bits + 1u);
  var packed = 0u;
  for (var i = firstBit / params.bits; i < end; i++) {
    let bit = i * params.bits;
    if (bit >= firstBit) { packed |= values[i] << (bit - firstBit); } else { packed |= values[i] >> (firstBit - bit); }
  }
  out[word] = packed;
}
