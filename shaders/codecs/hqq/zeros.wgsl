// hqq, first pass: the float16 scale and zero point of every group, one thread per group.
// w [rows, columns] float32 → scales, zeros [rows, groupsPerRow], one word each (half bits).
// Half-quadratic splitting (Badri and Shaji 2023, https://mobiusml.github.io/hqq_blog/): the scale is the range's; rounding,
// the shrunk error and the mean that is the next zero point alternate while the mean |error| falls.
import package::common::grid::linearInvocation;
import package::common::float16::floatToHalfBits;
import package::common::float16::halfBitsToFloat;
import package::common::rounding::halfQuotient;
import package::codecs::hqq::group::normal;
import package::codecs::hqq::group::quantise;

struct Params {
  groups: u32, groupsPerRow: u32, columns: u32, group: u32, levels: u32,
  largestZero: u32, iterations: u32, p: f32, beta: f32, kappa: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> scales: array<u32>;
@group(0) @binding(3) var<storage, read_write> zeros: array<u32>;

struct Update { error: f32, next: f32 }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let g = linearInvocation(group, groups, local, 64u);
  if (g >= params.groups) { return; }
  let column = (g % params.groupsPerRow) * params.group;
  let first = (g / params.groupsPerRow) * params.columns + column;
  let end = first + min(params.group, params.columns - column);
  let range = rangeOf(first, end);
  let largest = max(-range.x, range.y);
  scales[g] = max(halfQuotient(range.y - range.x, f32(params.levels)), halfQuotient(largest, f32(params.largestZero)));
  zeros[g] = searchZero(first, end, range.x, halfBitsToFloat(scales[g]));
}

/// [min w, max w] of a group.
fn rangeOf(first: u32, end: u32) -> vec2f {
  var range = vec2f(normal(w[first]));
  for (var i = first + 1u; i < end; i++) {
    range = vec2f(min(range.x, normal(w[i])), max(range.y, normal(w[i])));
  }
  return range;
}

/// Half bits of the zero point; the start puts the lowest weight on code 0.
fn searchZero(first: u32, end: u32, low: f32, scale: f32) -> u32 {
  if (scale == 0.0) { return 0u; }
  var bits = zeroBits(-low / scale);
  var best = bits;
  var least = 0.0;
  var beta = params.beta;
  for (var i = 0u; i <= params.iterations; i++) {
    let update = updateOf(first, end, scale, halfBitsToFloat(bits), beta);
    if (i > 0u && !(update.error < least)) { break; }
    least = update.error;
    best = bits;
    bits = zeroBits(update.next);
    beta *= params.kappa;
  }
  return best;
}

/// Σ |error| with this zero point, and the next one: the mean of code − (w − shrunk error) ÷ scale, written as a shift.
fn updateOf(first: u32, end: u32, scale: f32, zero: f32, beta: f32) -> Update {
  var error = 0.0;
  var shift = 0.0;
  for (var i = first; i < end; i++) {
    let weight = normal(w[i]);
    let code = quantise(weight, scale, zero, f32(params.levels));
    let e = weight - (code - zero) * scale;
    error += abs(e);
    shift += e - shrink(e, beta);
  }
  return Update(error, zero - shift / (scale * f32(end - first)));
}

/// The proximal operator of |x|^p: sign(x) · max(|x| − |x|^(p−1) ÷ β, 0).
fn shrink(x: f32, beta: f32) -> f32 {
  let size = abs(x);
  // A power of zero is infinite; so small an error shrinks to nothing in any case.
  if (size < 1e-12) { return 0.0; }
  return sign(x) * max(size - pow(size, params.p - 1.0) / beta, 0.0);
}

/// Bits as float16; never −0.
fn zeroBits(zero: f32) -> u32 {
  let bits = floatToHalfBits(zero);
  return select(bits, 0u, (bits & 0x7fffu) == 0u);
}
