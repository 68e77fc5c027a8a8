// Computes and packs codes of the flattened tensor: one thread per word, 32 ÷ bits codes from the lowest bits up.
// w [count], offsets and inverses [groups] → codes [words]. Groups are whole bytes, so the stream has no gaps.
import package::common::grid::linearInvocation;
import package::codecs::kit::tenpak::int4Arithmetic::codeOf;

struct Params { words: u32, count: u32, group: u32, bits: u32, levels: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> offsets: array<f32>;
@group(0) @binding(3) var<storage, read> inverses: array<f32>;
@group(0) @binding(4) var<storage, read_write> codes: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (word >= params.words) { return; }
  let perWord = 32u / params.bits;
  let first = word * perWord;
  var packed = 0u;
  for (var i = first; i < min(first + perWord, params.count); i++) {
    let g = i / params.group;
    packed |= u32(codeOf(w[i], offsets[g], inverses[g], params.levels)) << ((i - first) * params.bits);
  }
  codes[word] = packed;
}
