// The second pass of hqq computes and packs the codes, with one thread per word of the stream.
// w [rows, columns] float32, scales and zeros [rows, groupsPerRow] from the first pass
// → codes [rows, wordsPerRow]: code c of a row at bits [c·bits, (c + 1)·bits).
import package::common::grid::linearInvocation;
import package::common::float16::halfBitsToFloat;
import package::codecs::hqq::group::flushSubnormal;
import package::codecs::hqq::group::quantise;

struct Params { words: u32, wordsPerRow: u32, groupsPerRow: u32, columns: u32, group: u32, bits: u32, levels: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read> zeros: array<u32>;
@group(0) @binding(4) var<storage, read_write> codes: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (word >= params.words) { return; }
  let row = word / params.wordsPerRow;
  let firstBit = (word % params.wordsPerRow) * 32u;
  let end = min(params.columns, (firstBit + 31u) / params.bits + 1u);
  var packed = 0u;
  for (var column = firstBit / params.bits; column < end; column++) {
    let code = codeOf(row, column);
    let bit = column * params.bits;
    // A code may begin in the previous word, which holds its low bits.
    if (bit >= firstBit) { packed |= code << (bit - firstBit); } else { packed |= code >> (firstBit - bit); }
  }
  codes[word] = packed;
}

fn codeOf(row: u32, column: u32) -> u32 {
  let g = row * params.groupsPerRow + column / params.group;
  let weight = flushSubnormal(w[row * params.columns + column]);
  return u32(quantise(weight, halfBitsToFloat(scales[g]), halfBitsToFloat(zeros[g]), f32(params.levels)));
}
