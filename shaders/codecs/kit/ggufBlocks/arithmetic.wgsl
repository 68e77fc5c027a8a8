// Divides and takes roots as the encoders do, from guesses that are `off` units in the last place away, for the test of
// common/float32: the quotients and roots of an adapter may be exact already. out [count, 2] gets a ÷ b and √|a|.
import package::common::float32::{quotientNear, rootNear};
import package::common::grid::linearInvocation;

struct Params { count: u32, off: i32, unchanged: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  out[2u * i] = quotientNear(a[i], b[i], moved(a[i] / b[i]), params.unchanged);
  out[2u * i + 1u] = rootNear(abs(a[i]), moved(sqrt(abs(a[i]))), params.unchanged);
}

fn moved(value: f32) -> f32 {
  return bitcast<f32>(bitcast<i32>(value) + params.off);
}
