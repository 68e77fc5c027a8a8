// Packs symbols into bitstreams, the inverse of unpack.wgsl: symbols [count] bytes → codes [rows, wordsPerRow]. Rows are padded with
// zeros, and missing symbols of the last row count as zero. One thread per word of codes.
import package::common::grid::linearInvocation;

struct Params { count: u32, words: u32, perRow: u32, wordsPerRow: u32, bits: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> symbols: array<u32>;
@group(0) @binding(2) var<storage, read_write> codes: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (word >= params.words) { return; }
  let first = (word / params.wordsPerRow) * params.perRow;
  let firstBit = (word % params.wordsPerRow) * 32u;
  let end = min(min(params.perRow, params.count - min(params.count, first)), (firstBit + 31u) / params.bits + 1u);
  var packed = 0u;
  for (var column = firstBit / params.bits; column < end; column++) {
    let index = first + column;
    let symbol = (symbols[index / 4u] >> (8u * (index % 4u))) & 255u;
    let bit = column * params.bits;
    if (bit >= firstBit) { packed |= symbol << (bit - firstBit); } else { packed |= symbol >> (firstBit - bit); }
  }
  codes[word] = packed;
}
