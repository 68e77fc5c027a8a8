// Packs codes [columns, stride], one word each, + offset → packed [rows, wordsPerRow]: a little-endian bitstream of `bits` bits per
// code for every row (src/codecs/kit/bits.ts). One thread per word.
import package::common::grid::linearInvocation;

struct Params { rows: u32, columns: u32, stride: u32, wordsPerRow: u32, bits: u32, offset: i32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<i32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.wordsPerRow) { return; }
  let row = i % params.rows;
  let word = i / params.rows;
  let firstBit = word * 32u;
  let end = min(params.columns, (firstBit + 31u) / params.bits + 1u);
  var out = 0u;
  for (var column = firstBit / params.bits; column < end; column++) {
    let code = u32(codes[column * params.stride + row] + params.offset);
    let bit = column * params.bits;
    // A code may begin in the previous word, which holds its low bits.
    if (bit >= firstBit) { out |= code << (bit - firstBit); } else { out |= code >> (firstBit - bit); }
  }
  packed[row * params.wordsPerRow + word] = out;
}
