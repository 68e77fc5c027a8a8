// Decodes weights from base-3 ternary codes: out[offset + i] = (digit − 1) · scale for weight first + i of flattened W, i < count.
// codes: words from `firstWord` on; digit j of byte k, or with `words` of word k, belongs to weight 5k + j, or 20k + j; scales: float16
// pairs from half `firstScale` on.
// Source: BitNet b1.58, arXiv 2402.17764.
import package::common::grid::linearInvocation;
import package::common::float16::halfOfWord;
import package::codecs::kit::ternaryBlocks::digit::digitOf;

struct Params {
  count: u32, first: u32, offset: u32, firstWord: u32, firstScale: u32,
  columns: u32, groupSize: u32, groupsPerRow: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn tritAt(weight: u32) -> u32 {
  @if(words) return digitOf(codes[weight / 20u - params.firstWord], weight % 20u);
  @if(!words) {
    let byte = weight / 5u - 4u * params.firstWord;
    return digitOf((codes[byte / 4u] >> (8u * (byte % 4u))) & 255u, weight % 5u);
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let weight = params.first + i;
  let row = weight / params.columns;
  let column = weight % params.columns;
  let trit = tritAt(weight);
  let scale = row * params.groupsPerRow + column / params.groupSize - params.firstScale;
  out[params.offset + i] = f32(i32(trit) - 1) * halfOfWord(scales[scale / 2u], scale);
}
