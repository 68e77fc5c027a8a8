// Gathers the outlier columns of x, which is columns of a wider row-major buffer: out[row, j] = x[row, columns[j]].
import package::common::grid::linearInvocation;

struct Params { count: u32, columnCount: u32, xStride: u32, xColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> columns: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  out[i] = x[(i / params.columnCount) * params.xStride + params.xColumn + columns[i % params.columnCount]];
}
