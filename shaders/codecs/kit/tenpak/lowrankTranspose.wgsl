// Power iteration, Aᵀ·u in blocks of rows: sums[firstBlock + b, j] = Σ a[i, j]·u[firstRow + i] over the rows i of block b.
// One thread per column and block; lowrankNormalise adds the blocks in order, however A is divided into parts.
import package::common::grid::linearInvocation;

struct Params { rows: u32, firstRow: u32, columns: u32, blockRows: u32, blocks: u32, firstBlock: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.blocks * params.columns) { return; }
  let block = i / params.columns;
  let column = i % params.columns;
  let end = min((block + 1u) * params.blockRows, params.rows);
  var sum = 0.0;
  for (var row = block * params.blockRows; row < end; row++) {
    sum += a[row * params.columns + column] * u[params.firstRow + row];
  }
  sums[params.firstBlock * params.columns + i] = sum;
}
