// Applies one unscaled radix-2 stage of Stockham's FFT, which needs no bit reversal, with one thread per butterfly.
// source, out [blocks, 2·half] complex; span = 1, 2, 4 … half; twiddles[k] = e^{−2πi·k/(2·half)}, conjugated when inverse.
import package::common::grid::linearInvocation;

struct Params { count: u32, half: u32, span: u32, inverse: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec2f>;
@group(0) @binding(2) var<storage, read> twiddles: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec2f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let base = (i / params.half) * 2u * params.half;
  let t = i % params.half;
  let k = t & (params.span - 1u);
  var w = twiddles[k * (params.half / params.span)];
  if (params.inverse != 0u) { w.y = -w.y; }
  let a = source[base + t];
  let b = source[base + t + params.half];
  let product = vec2f(b.x * w.x - b.y * w.y, b.x * w.y + b.y * w.x);
  let at = base + 2u * (t - k) + k;
  out[at] = a + product;
  out[at + params.span] = a - product;
}
