// value = f(value) in place, four columns per thread. Exactly one condition chooses f: relu, max(x, 0); silu, x ÷ (1 + e^−x)
// (Elfwing et al. 2018); erf, the exact GELU x·Φ(x) (Hendrycks and Gimpel 2016); tanh, GPT-2's `gelu_new`,
// ½x(1 + tanh(√(2/π)(x + 0.044715x³))). WGSL's tanh may overflow, so ½(1 + tanh u) is computed as 1 ÷ (1 + e^−2u).
import package::common::grid::linearInvocation;
@if(erf) import package::common::erf::erf;

struct Params { rows: u32, width: u32, stride: u32, column: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> value: array<f32>;

@if(relu) fn f(x: f32) -> f32 { return max(x, 0.0); }

// Beyond ±80 the exponential could only overflow.
@if(silu) fn f(x: f32) -> f32 { return x / (1.0 + exp(clamp(-x, -80.0, 80.0))); }

@if(erf) fn f(x: f32) -> f32 { return 0.5 * x * (1.0 + erf(x * 0.70710678118654752)); }

@if(tanh) fn f(x: f32) -> f32 {
  let u = 0.79788456080286536 * (x + 0.044715 * x * x * x);
  return x / (1.0 + exp(clamp(-2.0 * u, -80.0, 80.0)));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quads = (params.width + 3u) / 4u;
  if (i >= params.rows * quads) { return; }
  let at = (i / quads) * params.stride + params.column;
  let first = (i % quads) * 4u;
  for (var column = first; column < min(first + 4u, params.width); column++) { value[at + column] = f(value[at + column]); }
}
