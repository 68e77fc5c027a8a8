// Marks the weights whose magnitude is above the threshold, and those equal to it. w [count] as bits → above, equal, one bit
// per weight. One thread per word.
import package::common::grid::linearInvocation;

struct Params { count: u32, threshold: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<u32>;
@group(0) @binding(2) var<storage, read_write> above: array<u32>;
@group(0) @binding(3) var<storage, read_write> equal: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  let first = 32u * word;
  if (first >= params.count) { return; }
  var more = 0u;
  var same = 0u;
  for (var i = first; i < min(first + 32u, params.count); i++) {
    let magnitude = w[i] & 0x7fffffffu;
    more |= select(0u, 1u, magnitude > params.threshold) << (i - first);
    same |= select(0u, 1u, magnitude == params.threshold) << (i - first);
  }
  above[word] = more;
  equal[word] = same;
}
