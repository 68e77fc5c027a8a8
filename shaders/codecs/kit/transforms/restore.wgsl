// Restores coefficients from polar codes (quantise.wgsl), with one thread each: c = amplitudes[a] · peaks[segment] · directions[p].
import package::common::grid::linearInvocation;

struct Params { count: u32, segment: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read> peaks: array<f32>;
@group(0) @binding(3) var<storage, read> amplitudes: array<f32>;
@group(0) @binding(4) var<storage, read> directions: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> c: array<vec2f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let word = words[i];
  if (word >> 31u == 0u) {
    c[i] = vec2f(0.0);
    return;
  }
  let size = amplitudes[(word >> 15u) & 0xffffu] * peaks[i / params.segment];
  c[i] = size * directions[word & 0x7fffu];
}
