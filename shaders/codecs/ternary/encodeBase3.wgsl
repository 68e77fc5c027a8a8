// Computes ternary codes in the base-3 packings: 20 codes of flattened W per word, either 5 per byte t0 + 3·t1 + 9·t2 + 27·t3 +
// 81·t4, or with `words` all 20 as digits of one number, the first with weight 1.
// weights: flattened W [elements] from weight `firstWeight`; cutoffs: float32 bits per group from `firstGroup` -> codes [words].
// Source: BitNet b1.58, arXiv 2402.17764; TWN, arXiv 1605.04711.
import package::common::grid::linearInvocation;
import package::codecs::kit::ternaryBlocks::trit::tritOf;

struct Params {
  words: u32, firstWord: u32, firstWeight: u32, firstGroup: u32,
  columns: u32, groupSize: u32, groupsPerRow: u32, elements: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> cutoffs: array<u32>;
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;

/// Packs `count` codes from weight `first` on as one number in base 3. 3^20 < 2^32.
fn packDigits(first: u32, count: u32) -> u32 {
  var number = 0u;
  var power = 1u;
  for (var weight = first; weight < min(first + count, params.elements); weight++) {
    let row = weight / params.columns;
    let column = weight % params.columns;
    let cutoff = cutoffs[row * params.groupsPerRow + column / params.groupSize - params.firstGroup];
    number += power * tritOf(weights[weight - params.firstWeight], cutoff);
    power *= 3u;
  }
  return number;
}

fn packWord(first: u32) -> u32 {
  @if(words) return packDigits(first, 20u);
  @if(!words) return packDigits(first, 5u) | (packDigits(first + 5u, 5u) << 8u) | (packDigits(first + 10u, 5u) << 16u)
    | (packDigits(first + 15u, 5u) << 24u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.words) { return; }
  codes[i] = packWord(20u * (i + params.firstWord));
}
