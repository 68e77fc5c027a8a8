// Links each token to its previous and next occurrence: links[t] = (1 + previous, next), 0 and `tokens` if there is none. The
// chains follow the order of the text, so that a gradient summed along them is deterministic.
import package::common::grid::linearInvocation;

struct Params { tokens: u32, first: u32, last: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> links: array<vec2u>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = params.first + linearInvocation(group, groups, local, 64u);
  if (t >= params.last) { return; }
  let id = ids[t];
  var before = t;
  while (before > 0u && ids[before - 1u] != id) { before--; }
  var next = t + 1u;
  while (next < params.tokens && ids[next] != id) { next++; }
  links[t] = vec2u(before, next);
}
