// Converts outlier columns to float16: weights [rows, columns] as float32 bits, outliers [outlierCount] column numbers -> halves
// [rows, outlierCount], two per word. `count` = rows · outlierCount. One thread per word.
import package::common::grid::linearInvocation;
import package::common::float16::floatBitsToHalfBits;

struct Params { count: u32, columns: u32, outlierCount: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> outliers: array<u32>;
@group(0) @binding(3) var<storage, read_write> halves: array<u32>;

fn halfAt(i: u32) -> u32 {
  if (i >= params.count) { return 0u; }
  let row = i / params.outlierCount;
  return floatBitsToHalfBits(weights[row * params.columns + outliers[i % params.outlierCount]]);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  if (2u * word >= params.count) { return; }
  halves[word] = halfAt(2u * word) | (halfAt(2u * word + 1u) << 16u);
}
