// Doubles the weights of important columns in place and marks them: mask bit i % 32 of word i / 32. important [columns] is 1
// or 0; weight i of the range lies in column (firstColumn + i) % columns. One thread per word of the mask.
import package::common::grid::linearInvocation;

struct Params { count: u32, columns: u32, firstColumn: u32, huge: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> important: array<u32>;
@group(0) @binding(2) var<storage, read_write> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> mask: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  let first = 32u * word;
  if (first >= params.count) { return; }
  var bits = 0u;
  for (var i = first; i < min(first + 32u, params.count); i++) {
    if (important[(params.firstColumn + i) % params.columns] == 0u) { continue; }
    bits |= 1u << (i - first);
    w[i] = 2.0 * clamp(w[i], -params.huge, params.huge);
  }
  mask[word] = bits;
}
