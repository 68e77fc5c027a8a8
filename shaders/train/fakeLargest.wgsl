// The largest magnitudes of parts of a tensor: largest[firstPart + i] is that of weights [first + 4096·i, first + 4096·(i + 1))
// below `last`.
import package::common::grid::linearInvocation;

struct Params { first: u32, last: u32, firstPart: u32, parts: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> largest: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.parts) { return; }
  let first = params.first + 4096u * i;
  var maximum = 0.0;
  for (var j = first; j < min(first + 4096u, params.last); j++) { maximum = max(maximum, abs(weights[j])); }
  largest[params.firstPart + i] = maximum;
}
