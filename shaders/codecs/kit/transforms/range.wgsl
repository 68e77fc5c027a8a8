// Smallest and largest modulus of the coefficients of at least `prune`, for each segment; (3e38, 0) where none is.
// c [count] complex → ranges [segments] (least, most). One workgroup per segment.
import package::common::grid::linearWorkgroup;
import package::codecs::kit::transforms::polar::modulus;

struct Params { count: u32, segment: u32, segments: u32, prune: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> ranges: array<vec2f>;

var<workgroup> least: array<f32, 64>;
var<workgroup> most: array<f32, 64>;

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
  least[local] = low;
  most[local] = high;
  for (var step = 32u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (local < step) {
      least[local] = min(least[local], least[local + step]);
      most[local] = max(most[local], most[local + step]);
    }
  }
  if (local == 0u) { ranges[segment] = vec2f(least[0], most[0]); }
}
