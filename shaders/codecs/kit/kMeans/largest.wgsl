// Largest magnitude of values [count] as float32 bits: atomicMax over the order of positive floats, exact in any order.
import package::common::grid::linearInvocation;

struct Params { count: u32, stride: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read_write> largest: atomic<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = linearInvocation(group, groups, local, 64u);
  if (first >= params.stride) { return; }
  var most = 0u;
  for (var i = first; i < params.count; i += params.stride) { most = max(most, values[i] & 0x7fffffffu); }
  atomicMax(&largest, most);
}
