// Tenpak's group quantiser, second pass: codes of flattened values [count], `bits` (4 or 2) each, the first in the lowest bits;
// one thread packs a word. ranges: step and offset of each group.
import package::common::grid::linearInvocation;
import package::codecs::kit::tenpak::residualRange::{codeOf, quotient};

struct Params { words: u32, group: u32, count: u32, levels: f32, bits: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> ranges: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (word >= params.words) { return; }
  let perWord = 32u / params.bits;
  let first = word * perWord;
  var packed = 0u;
  for (var i = first; i < min(first + perWord, params.count); i++) {
    let range = ranges[i / params.group];
    let inverse = select(quotient(1.0, range.x), 0.0, range.x == 0.0);
    packed |= u32(codeOf(values[i], range.y, inverse, params.levels)) << ((i - first) * params.bits);
  }
  codes[word] = packed;
}
