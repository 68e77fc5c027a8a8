// Transposes and reorders weights for error feedback: position i of current [columns, stride] holds column order[i] of w
// [rows, columns], so that threads of neighbouring rows read neighbouring words. stride = rows rounded up to 4; the rest stays 0.
import package::common::grid::linearInvocation;

struct Params { rows: u32, columns: u32, stride: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> current: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.columns) { return; }
  let position = i / params.rows;
  let row = i % params.rows;
  current[position * params.stride + row] = w[row * params.columns + order[position]];
}
