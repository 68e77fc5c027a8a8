// Power iteration, u = A·v for rows firstRow … of A: a [rows, columns] -> u[firstRow + row].
// Entries: rowPerThread for software adapters (no barriers), rowPerWorkgroup for the others.
import package::common::grid::{linearInvocation, linearWorkgroup};

struct Params { rows: u32, firstRow: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> u: array<f32>;

@compute @workgroup_size(64)
fn rowPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  var sum = 0.0;
  for (var j = 0u; j < params.columns; j++) { sum += a[row * params.columns + j] * v[j]; }
  u[params.firstRow + row] = sum;
}

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn rowPerWorkgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearWorkgroup(group, groups);
  if (row >= params.rows) { return; }
  var sum = 0.0;
  for (var j = local; j < params.columns; j += 64u) { sum += a[row * params.columns + j] * v[j]; }
  partial[local] = sum;
  for (var step = 32u; step > 0u; step >>= 1u) {
    workgroupBarrier();
    if (local < step) { partial[local] += partial[local + step]; }
  }
  if (local == 0u) { u[params.firstRow + row] = partial[0]; }
}
