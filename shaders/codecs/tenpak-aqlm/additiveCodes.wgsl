// Tenpak's additive quantiser, second pass: joint codes q1 + 4·q2 of flattened values [count], eight to a word, the first in
// the lowest bits. used [groups, 2]: both codebooks of each group.
import package::common::grid::linearInvocation;
import package::codecs::kit::tenpak::additiveCode::nearestPair;

struct Params { words: u32, group: u32, count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> used: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (word >= params.words) { return; }
  var packed = 0u;
  for (var i = 8u * word; i < min(8u * word + 8u, params.count); i++) {
    let g = i / params.group;
    let q = nearestPair(values[i], used[2u * g], used[2u * g + 1u]);
    packed |= (q.x + 4u * q.y) << (4u * (i % 8u));
  }
  codes[word] = packed;
}
