// Unpacks symbols from bitstreams: codes [rows, wordsPerRow], each row a little-endian stream of `bits`-wide codes
// → symbols [count] bytes, four per word, row by row without padding. One thread per word of symbols.
import package::common::grid::linearInvocation;
import package::common::bits::codeAt;

struct Params { count: u32, perRow: u32, wordsPerRow: u32, bits: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read_write> symbols: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (4u * word >= params.count) { return; }
  var packed = 0u;
  for (var i = 0u; i < min(4u, params.count - 4u * word); i++) {
    packed |= symbolAt(4u * word + i) << (8u * i);
  }
  symbols[word] = packed;
}

fn symbolAt(index: u32) -> u32 {
  let bit = (index % params.perRow) * params.bits;
  let word = (index / params.perRow) * params.wordsPerRow + bit / 32u;
  return codeAt(codes[word], codes[min(word + 1u, arrayLength(&codes) - 1u)], bit % 32u, params.bits);
}
