// value = silu(value) = value ÷ (1 + e^−value) in place (Elfwing et al. 2018). Four columns per thread.
import package::common::grid::linearInvocation;

struct Params { rows: u32, width: u32, stride: u32, column: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> value: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quads = (params.width + 3u) / 4u;
  if (i >= params.rows * quads) { return; }
  let at = (i / quads) * params.stride + params.column;
  let first = (i % quads) * 4u;
  for (var column = first; column < min(first + 4u, params.width); column++) {
    let x = value[at + column];
    // Beyond ±80 the exponential could only overflow.
    value[at + column] = x / (1.0 + exp(clamp(-x, -80.0, 80.0)));
  }
}
