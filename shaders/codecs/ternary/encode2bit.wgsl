// Computes ternary codes in the 2-bit packing: 16 codes of one row per word, the first in the lowest bits; rows start at a word.
// weights: flattened W from weight `firstWeight`; cutoffs: float32 bits per group from `firstGroup` -> codes [words].
// Source: BitNet b1.58, arXiv 2402.17764; TWN, arXiv 1605.04711.
import package::common::grid::linearInvocation;
import package::codecs::kit::ternaryBlocks::trit::tritOf;

struct Params {
  words: u32, firstWord: u32, firstWeight: u32, firstGroup: u32,
  columns: u32, groupSize: u32, groupsPerRow: u32, wordsPerRow: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> cutoffs: array<u32>;
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.words) { return; }
  let word = i + params.firstWord;
  let row = word / params.wordsPerRow;
  let first = 16u * (word % params.wordsPerRow);
  var packed = 0u;
  for (var column = first; column < min(first + 16u, params.columns); column++) {
    let weight = row * params.columns + column - params.firstWeight;
    let cutoff = cutoffs[row * params.groupsPerRow + column / params.groupSize - params.firstGroup];
    packed |= tritOf(weights[weight], cutoff) << (2u * (column - first));
  }
  codes[i] = packed;
}
