// Multiplies values [first, first + count) of a matrix of `columns` columns by the signs of their columns, in place.
import package::common::grid::linearInvocation;

struct Params { first: u32, count: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> signs: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  values[params.first + i] *= signs[(params.first + i) % params.columns];
}
