// Appends new keys or values to the cache of one layer [sequences, capacity, width]: cache[s, state[0] + t, :] = input[s, t, :].
import package::common::grid::linearInvocation;

struct Params { tokens: u32, length: u32, width: u32, capacity: u32, inStride: u32, inColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read_write> cache: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.tokens * params.width) { return; }
  let token = i / params.width;
  let column = i % params.width;
  let position = state[0] + token % params.length;
  if (position >= params.capacity) { return; }
  let row = (token / params.length) * params.capacity + position;
  cache[row * params.width + column] = input[token * params.inStride + params.inColumn + column];
}
