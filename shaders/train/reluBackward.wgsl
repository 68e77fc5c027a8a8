// Backward pass of max(input, 0): d becomes 0 in place where input ≤ 0, where `input` is that of the forward pass. Four columns
// per thread.
import package::common::grid::linearInvocation;

struct Params { rows: u32, width: u32, inStride: u32, inColumn: u32, stride: u32, column: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> d: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quads = (params.width + 3u) / 4u;
  if (i >= params.rows * quads) { return; }
  let start = (i / quads) * params.inStride + params.inColumn;
  let at = (i / quads) * params.stride + params.column;
  let first = (i % quads) * 4u;
  for (var column = first; column < min(first + 4u, params.width); column++) {
    if (input[start + column] <= 0.0) { d[at + column] = 0.0; }
  }
}
