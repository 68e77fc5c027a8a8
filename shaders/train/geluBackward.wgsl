// d = d · GELU′(input) in place (Hendrycks and Gimpel 2016), where `input` is that of the forward pass. Condition erf: the
// derivative of the exact form, Φ(x) + x·φ(x); otherwise that of GPT-2's `gelu_new`, s + x·s(1 − s)·2u′ with
// s = ½(1 + tanh u) = 1 ÷ (1 + e^−2u). Four columns per thread.
import package::common::grid::linearInvocation;
@if(erf) import package::common::erf::erf;

struct Params { rows: u32, width: u32, inStride: u32, inColumn: u32, stride: u32, column: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> d: array<f32>;

@if(erf) fn derivative(x: f32) -> f32 {
  // Below e^−80 the density is negligible, and its exponent must not overflow.
  let density = 0.39894228040143268 * exp(max(-0.5 * x * x, -80.0));
  return 0.5 * (1.0 + erf(x * 0.70710678118654752)) + x * density;
}

@else fn derivative(x: f32) -> f32 {
  let u = 0.79788456080286536 * (x + 0.044715 * x * x * x);
  let power = exp(clamp(-2.0 * u, -80.0, 80.0));
  let s = 1.0 / (1.0 + power);
  // 1 − s is computed as power · s, which avoids cancellation for s near 1.
  return s + x * (s * (power * s)) * (1.59576912160573072 * (1.0 + 0.134145 * x * x));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quads = (params.width + 3u) / 4u;
  if (i >= params.rows * quads) { return; }
  let start = (i / quads) * params.inStride + params.inColumn;
  let at = (i / quads) * params.stride + params.column;
  let first = (i % quads) * 4u;
  for (var column = first; column < min(first + 4u, params.width); column++) { d[at + column] *= derivative(input[start + column]); }
}
