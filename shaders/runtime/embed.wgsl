// out[t, :] = table[id[t], :] for the ids in this part of the row-split table; other rows of out are left unchanged.
import package::common::grid::linearInvocation;

struct Params { tokens: u32, width: u32, firstRow: u32, rows: u32, outStride: u32, outColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.tokens * params.width) { return; }
  let token = i / params.width;
  let column = i % params.width;
  let id = ids[token];
  if (id < params.firstRow || id - params.firstRow >= params.rows) { return; }
  out[token * params.outStride + params.outColumn + column] = table[(id - params.firstRow) * params.width + column];
}
