// Multiplies complex numbers by a table: out[b, j] = in[b, j] · table[j] for j < inLength, and 0 from there to outStride.
// in [blocks, inStride] and out [blocks, outStride] are complex (re, im) or real, where a real output drops the imaginary part. One
// thread per element of out. FFTs use it for scales, phases, chirps and zero padding.
import package::common::grid::linearInvocation;

struct Params { count: u32, outStride: u32, inStride: u32, inLength: u32, realIn: u32, realOut: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> table: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let j = i % params.outStride;
  var value = vec2f(0.0);
  if (j < params.inLength) {
    let at = (i / params.outStride) * params.inStride + j;
    let z = table[j];
    if (params.realIn != 0u) {
      value = source[at] * z;
    } else {
      let x = vec2f(source[2u * at], source[2u * at + 1u]);
      value = vec2f(x.x * z.x - x.y * z.y, x.x * z.y + x.y * z.x);
    }
  }
  if (params.realOut != 0u) {
    out[i] = value.x;
  } else {
    out[2u * i] = value.x;
    out[2u * i + 1u] = value.y;
  }
}
