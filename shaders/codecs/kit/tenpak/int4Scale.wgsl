// w[i] *= factors[(firstColumn + i) % columns], in place; results too small for a normal float32 become zero.
// w [count], factors [columns]. One thread per weight.
import package::common::grid::linearInvocation;
import package::codecs::kit::tenpak::int4Arithmetic::normalOrZero;

struct Params { count: u32, columns: u32, firstColumn: u32, huge: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> factors: array<f32>;
@group(0) @binding(2) var<storage, read_write> w: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let factor = factors[(params.firstColumn + i) % params.columns];
  w[i] = normalOrZero(clamp(w[i], -params.huge, params.huge) * factor);
}
