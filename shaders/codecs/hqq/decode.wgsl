// hqq decodes w = (code − zero) · scale, with one thread per weight; difference and product are rounded to float32 once each.
// codes [rows, wordsPerRow] as in codes.wgsl; scales and zeros float16 [rows, groupsPerRow], two per word, from index `firstGroup` on
// → out[firstElement …] float32 [rows, columns]
import package::common::grid::linearInvocation;
import package::common::bits::codeAt;
import package::common::float16::halfOfWord;

struct Params {
  count: u32, columns: u32, wordsPerRow: u32, groupsPerRow: u32, group: u32, bits: u32,
  firstGroup: u32, firstElement: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read> zeros: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = i / params.columns;
  let column = i % params.columns;
  let g = params.firstGroup + row * params.groupsPerRow + column / params.group;
  let bit = column * params.bits;
  let word = row * params.wordsPerRow + bit / 32u;
  let code = codeAt(codes[word], codes[min(word + 1u, arrayLength(&codes) - 1u)], bit % 32u, params.bits);
  out[params.firstElement + i] = (f32(code) - halfOfWord(zeros[g / 2u], g)) * halfOfWord(scales[g / 2u], g);
}
