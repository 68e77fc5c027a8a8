// Products of low-rank factors, Σ_k left[row, k]·right[k, column] for element first + i of the matrix, i < count:
// stored in out[offset + i], or with `subtract` taken from it. left begins with row `firstRow`. float32 sums.
import package::common::grid::linearInvocation;

struct Params { count: u32, first: u32, offset: u32, columns: u32, rank: u32, firstRow: u32, subtract: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<f32>;
@group(0) @binding(2) var<storage, read> right: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = (params.first + i) / params.columns - params.firstRow;
  let column = (params.first + i) % params.columns;
  var sum = 0.0;
  for (var k = 0u; k < params.rank; k++) { sum += left[row * params.rank + k] * right[k * params.columns + column]; }
  if (params.subtract == 1u) { out[params.offset + i] -= sum; } else { out[params.offset + i] = sum; }
}
