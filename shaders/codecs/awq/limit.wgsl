// The clip search of awq limits the weights of each group to ± share · max|w| of the group, with one thread per group.
// w, out [rows, columns] float32.
import package::common::grid::linearInvocation;

struct Params { groups: u32, groupsPerRow: u32, columns: u32, group: u32, share: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let g = linearInvocation(group, groups, local, 64u);
  if (g >= params.groups) { return; }
  let column = (g % params.groupsPerRow) * params.group;
  let first = (g / params.groupsPerRow) * params.columns + column;
  let end = first + min(params.group, params.columns - column);
  var largest = 0.0;
  for (var i = first; i < end; i++) { largest = max(largest, abs(w[i])); }
  let limit = params.share * largest;
  for (var i = first; i < end; i++) { out[i] = clamp(w[i], -limit, limit); }
}
