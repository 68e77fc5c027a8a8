// Subtracts what the codes restore, in place: w −= code · scale + offset, with the scale and offset the codes were made from.
// w [count], codes 8 per word, scales and offsets [groups]. One thread per weight.
import package::common::grid::linearInvocation;
import package::codecs::kit::tenpak::int4Arithmetic::unfused;

struct Params { count: u32, group: u32, zero: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<f32>;
@group(0) @binding(4) var<storage, read_write> w: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let g = i / params.group;
  let code = f32((codes[i / 8u] >> (4u * (i % 8u))) & 15u);
  w[i] = w[i] - (unfused(code * scales[g], params.zero) + offsets[g]);
}
