// The first pass of hqq computes the float16 scale and zero point of every group, with one thread per group.
// w [rows, columns] float32 → scales, zeros [rows, groupsPerRow], one word each (half bits).
// The scale is that of the group's range. Half-quadratic splitting (Badri and Shaji 2023, https://mobiusml.github.io/hqq_blog/)
// alternates rounding, shrinking the error and re-centring the zero point while the mean |error| falls.
import package::common::grid::linearInvocation;
import package::common::float16::floatToHalfBits;
import package::common::float16::halfBitsToFloat;
import package::common::rounding::halfQuotient;
import package::codecs::hqq::group::flushSubnormal;
import package::codecs::hqq::group::quantise;

struct Params {
  groups: u32, groupsPerRow: u32, columns: u32, group: u32, levels: u32,
  maxZero: u32, iterations: u32, p: f32, beta: f32, kappa: f32,
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
  scales[g] = max(halfQuotient(range.y - range.x, f32(params.levels)), halfQuotient(largest, f32(params.maxZero)));
  zeros[g] = searchZero(first, end, range.x, halfBitsToFloat(scales[g]));
}

/// Computes [min w, max w] of a group.
fn rangeOf(first: u32, end: u32) -> vec2f {
  var range = vec2f(flushSubnormal(w[first]));
  for (var i = first + 1u; i < end; i++) {
    range = vec2f(min(range.x, flushSubnormal(w[i])), max(range.y, flushSubnormal(w[i])));
  }
  return range;
}

/// Searches the zero point and returns its half bits. The first candidate puts the lowest weight on code 0.
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

/// Computes Σ |error| with this zero point, and the next one: the mean of code − (w − shrunk error) ÷ scale, as a shift.
fn updateOf(first: u32, end: u32, scale: f32, zero: f32, beta: f32) -> Update {
  var error = 0.0;
  var shift = 0.0;
  for (var i = first; i < end; i++) {
    let weight = flushSubnormal(w[i]);
    let code = quantise(weight, scale, zero, f32(params.levels));
    let e = weight - (code - zero) * scale;
    error += abs(e);
    shift += e - shrink(e, beta);
  }
  return Update(error, zero - shift / (scale * f32(end - first)));
}

/// Applies the proximal operator of |x|^p: sign(x) · max(|x| − |x|^(p−1) ÷ β, 0).
fn shrink(x: f32, beta: f32) -> f32 {
  let size = abs(x);
  // The power of zero would be infinite, and such a small error shrinks to zero in any case.
  if (size < 1e-12) { return 0.0; }
  return sign(x) * max(size - pow(size, params.p - 1.0) / beta, 0.0);
}

/// Converts a zero point to float16 bits, never −0.
fn zeroBits(zero: f32) -> u32 {
  let bits = floatToHalfBits(zero);
  return select(bits, 0u, (bits & 0x7fffu) == 0u);
}
