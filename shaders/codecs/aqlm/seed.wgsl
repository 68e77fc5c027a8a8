// First entries of a codebook: the residual vectors (row, group) = items[k] of the whole matrix whose rows lie in this
// range. e [padded columns, rows] → books from entry `first` on.
import package::common::grid::linearInvocation;
import package::codecs::aqlm::vector::SIZE;

struct Params { entries: u32, first: u32, groups: u32, firstRow: u32, rows: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> items: array<u32>;
@group(0) @binding(2) var<storage, read> e: array<f32>;
@group(0) @binding(3) var<storage, read_write> books: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let k = linearInvocation(group, groups, local, 64u);
  if (k >= params.entries) { return; }
  let row = items[k] / params.groups;
  if (row < params.firstRow || row >= params.firstRow + params.rows) { return; }
  let first = (items[k] % params.groups) * SIZE * params.rows + row - params.firstRow;
  for (var i = 0u; i < SIZE; i++) {
    books[(params.first + k) * SIZE + i] = e[first + i * params.rows];
  }
}
