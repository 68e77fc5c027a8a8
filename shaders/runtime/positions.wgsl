// Adds learned positions: out[t, :] += table[offset + position(t), :] with position(t) = state[0] + t mod length.
// state[0] is the position of the first token: 0 for a whole window, the cache's length when decoding.
// The table is one part of a row-split matrix; the other parts add the other rows.
import package::common::grid::linearInvocation;

struct Params { tokens: u32, length: u32, width: u32, offset: u32, firstRow: u32, rows: u32, outStride: u32, outColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.tokens * params.width) { return; }
  let token = i / params.width;
  let column = i % params.width;
  let row = params.offset + state[0] + token % params.length;
  if (row < params.firstRow || row - params.firstRow >= params.rows) { return; }
  out[token * params.outStride + params.outColumn + column] += table[(row - params.firstRow) * params.width + column];
}
