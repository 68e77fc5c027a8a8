// Finds the minimum and maximum of the moduli of at least `prune` in each segment, or (3e38, 0) where there is none.
// c [count] complex → ranges [segments] (minimum, maximum). One workgroup per segment.
import package::common::grid::linearWorkgroup;
import package::codecs::kit::transforms::polar::modulus;

struct Params { count: u32, segment: u32, segments: u32, prune: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> ranges: array<vec2f>;

var<workgroup> minima: array<f32, 64>;
var<workgroup> maxima: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let segment = linearWorkgroup(group, groups);
  if (segment >= params.segments) { return; }
  let first = segment * params.segment;
  let end = min(first + params.segment, params.count);
  var low = 3e38;
  var high = 0.0;
  for (var i = first + local; i < end; i += 64u) {
    let size = modulus(c[i]);
    if (size >= params.prune) {
      low = min(low, size);
      high = max(high, size);
    }
  }
  minima[local] = low;
  maxima[local] = high;
  for (var step = 32u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (local < step) {
      minima[local] = min(minima[local], minima[local + step]);
      maxima[local] = max(maxima[local], maxima[local + step]);
    }
  }
  if (local == 0u) { ranges[segment] = vec2f(minima[0], maxima[0]); }
}
