// sums[i] = (later ? sums[i] : 0) + Σ partials[chunk, i], chunk by chunk in order.
import package::common::grid::linearInvocation;

struct Params { count: u32, chunks: u32, later: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  var sum = select(0.0, sums[i], params.later != 0u);
  for (var chunk = 0u; chunk < params.chunks; chunk++) { sum += partials[chunk * params.count + i]; }
  sums[i] = sum;
}
