// aqlm: w = scale · (c₁ + c₂ + …), one thread per weight. codes: bitstreams of rows, `words` words each, code (group, m) at
// index group · codebooks + m; books float16 [codebooks, entries, size]; scales float16 from half `firstScale` on.
// → out[firstElement …] float32 [rows, columns]. Source: Egiazarian et al. 2024, arXiv 2401.06118.
import package::common::grid::linearInvocation;
import package::common::bits::codeAt;
import package::common::float16::halfOfWord;

struct Params {
  count: u32, columns: u32, words: u32, codebooks: u32, bits: u32, size: u32, firstScale: u32, firstElement: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> books: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = i / params.columns;
  let column = i % params.columns;
  var sum = 0.0;
  for (var m = 0u; m < params.codebooks; m++) {
    let bit = ((column / params.size) * params.codebooks + m) * params.bits;
    let word = row * params.words + bit / 32u;
    let code = codeAt(codes[word], codes[min(word + 1u, arrayLength(&codes) - 1u)], bit % 32u, params.bits);
    let half = ((m << params.bits) + code) * params.size + column % params.size;
    sum += halfOfWord(books[half / 2u], half);
  }
  let half = params.firstScale + row;
  out[params.firstElement + i] = sum * halfOfWord(scales[half / 2u], half);
}
