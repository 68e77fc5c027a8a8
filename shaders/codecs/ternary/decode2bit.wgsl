// Decodes weights from 2-bit ternary codes: out[offset + i] = (code − 1) · scale for weight first + i of flattened W, i < count.
// codes: words from `firstWord`, rows start on a word; scales: float16 pairs from half `firstScale` on.
// Source: BitNet b1.58, arXiv 2402.17764.
import package::common::grid::linearInvocation;
import package::common::float16::halfOfWord;

struct Params {
  count: u32, first: u32, offset: u32, firstWord: u32, firstScale: u32,
  columns: u32, groupSize: u32, groupsPerRow: u32, wordsPerRow: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = (params.first + i) / params.columns;
  let column = (params.first + i) % params.columns;
  let word = codes[row * params.wordsPerRow + column / 16u - params.firstWord];
  let trit = (word >> (2u * (column % 16u))) & 3u;
  let scale = row * params.groupsPerRow + column / params.groupSize - params.firstScale;
  out[params.offset + i] = f32(i32(trit) - 1) * halfOfWord(scales[scale / 2u], scale);
}
