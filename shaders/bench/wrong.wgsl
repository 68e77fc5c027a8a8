// A deliberately wrong kernel: y[M, N] = x[M, K] · W[N, K]ᵀ without the last column of K. Tests of the benchmark use it to
// show that a kernel that does not verify is listed as FAIL and never timed. Nothing else uses it.
import package::common::grid::linearInvocation;

struct Params { rows: u32, columns: u32, outputs: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.outputs) { return; }
  let xStart = (i / params.outputs) * params.columns;
  let weightStart = (i % params.outputs) * params.columns;
  var sum = 0.0;
  for (var k = 0u; k + 1u < params.columns; k++) { sum += x[xStart + k] * weight[weightStart + k]; }
  y[i] = sum;
}
