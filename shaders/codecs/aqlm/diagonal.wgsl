// out[firstRow + r] = G[firstRow + r, firstRow + r] for the rows of one part of the Gram matrix G [columns, columns].
import package::common::grid::linearInvocation;

struct Params { rows: u32, columns: u32, firstRow: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let r = linearInvocation(group, groups, local, 64u);
  if (r >= params.rows) { return; }
  out[params.firstRow + r] = gram[r * params.columns + params.firstRow + r];
}
