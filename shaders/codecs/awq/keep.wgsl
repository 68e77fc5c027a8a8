// The clip search of awq adds up the partial output errors of each group, and keeps the candidate scale if its error is the smallest
// so far, with one thread per group. sums [blocks per row, stride] are reset to zero for the next candidate.
// candidateScales, candidateZeros, scales, zeros, least: [rows, groupsPerRow].
import package::common::grid::linearInvocation;

struct Params { rows: u32, stride: u32, groupsPerRow: u32, blocksPerGroup: u32, isFirst: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> candidateScales: array<u32>;
@group(0) @binding(2) var<storage, read> candidateZeros: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<storage, read_write> least: array<f32>;
@group(0) @binding(5) var<storage, read_write> scales: array<u32>;
@group(0) @binding(6) var<storage, read_write> zeros: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.groupsPerRow) { return; }
  let row = i / params.groupsPerRow;
  let first = (i % params.groupsPerRow) * params.blocksPerGroup;
  var error = 0.0;
  for (var block = first; block < first + params.blocksPerGroup; block++) {
    error += sums[block * params.stride + row];
    sums[block * params.stride + row] = 0.0;
  }
  if (params.isFirst == 0u && !(error < least[i])) { return; }
  least[i] = error;
  scales[i] = candidateScales[i];
  zeros[i] = candidateZeros[i];
}
