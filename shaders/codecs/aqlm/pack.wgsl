// Packs codes [perRow, rows] into one little-endian bitstream per row, padded to 4 bytes. One thread per word of out [rows, words].
import package::common::grid::linearInvocation;

struct Params { rows: u32, perRow: u32, words: u32, bits: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (word >= params.rows * params.words) { return; }
  let row = word / params.words;
  let firstBit = (word % params.words) * 32u;
  let end = min(params.perRow, (firstBit + 31u) / params.bits + 1u);
  var packed = 0u;
  for (var i = firstBit / params.bits; i < end; i++) {
    let code = codes[i * params.rows + row];
    let bit = i * params.bits;
    if (bit >= firstBit) { packed |= code << (bit - firstBit); } else { packed |= code >> (firstBit - bit); }
  }
  out[word] = packed;
}
