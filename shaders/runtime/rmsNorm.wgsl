// out = x ÷ √(mean(x²) + ε) · weight over each row (Zhang and Sennrich 2019), float32 sums. A token has `heads` rows of `width`
// columns side by side, all of which `rows` counts.
// Entries: rowPerThread for software adapters (no barriers), rowPerWorkgroup for hardware adapters.
import package::common::grid::{linearInvocation, linearWorkgroup};
import package::common::heads::headStart;
import package::common::workgroup::sumOfWorkgroup;

struct Params { rows: u32, heads: u32, width: u32, epsilon: f32, inStride: u32, inColumn: u32, outStride: u32, outColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn rowPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  let start = headStart(row, params.heads, params.width, params.inStride, params.inColumn);
  var squares = 0.0;
  for (var i = 0u; i < params.width; i++) { squares += input[start + i] * input[start + i]; }
  let scale = 1.0 / sqrt(squares / f32(params.width) + params.epsilon);
  let to = headStart(row, params.heads, params.width, params.outStride, params.outColumn);
  for (var i = 0u; i < params.width; i++) { out[to + i] = input[start + i] * scale * weight[i]; }
}

@compute @workgroup_size(64)
fn rowPerWorkgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearWorkgroup(group, groups);
  if (row >= params.rows) { return; }
  let start = headStart(row, params.heads, params.width, params.inStride, params.inColumn);
  var squares = 0.0;
  for (var i = local; i < params.width; i += 64u) { squares += input[start + i] * input[start + i]; }
  let scale = 1.0 / sqrt(sumOfWorkgroup(local, squares) / f32(params.width) + params.epsilon);
  let to = headStart(row, params.heads, params.width, params.outStride, params.outColumn);
  for (var i = local; i < params.width; i += 64u) { out[to + i] = input[start + i] * scale * weight[i]; }
}
