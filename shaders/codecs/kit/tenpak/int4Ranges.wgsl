// Finds the range of every group of the flattened tensor: scale and offset such that w ≈ code · scale + offset, code = 0 … levels.
// w [count] → scales, offsets, inverses [groups] float32 as codes are made from them; storedScales, storedOffsets [groups],
// one word each: bits of float16 (`stored` 0 truncated, 1 to nearest) or float32 (2).
// steps = 0: minimum to maximum, then `rounds` refinements that move both ends by eta · the extreme errors (weighting 0) or by eta · the
// mean negative and positive error, weighted by |w| + 0.01 (1) or max(w², 0.001) (2).
// steps > 0: each end is moved inwards by 0 … steps − 1 64ths of the range; the least squared error wins, the widest on a tie.
// One thread per group. Source: Tenpak, https://github.com/gagansuie/sparse
import package::common::grid::linearInvocation;
import package::common::float16::{floatToHalfBits, halfBitsToFloat};
import package::common::rounding::halfQuotient;
import package::codecs::kit::tenpak::int4Arithmetic::{codeOf, divide, normalOrZero, truncateToHalf, unfused};

struct Params {
  groups: u32, count: u32, group: u32, levels: f32, rounds: u32, eta: f32, weighting: u32,
  stored: u32, steps: u32, huge: f32, zero: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<storage, read_write> offsets: array<f32>;
@group(0) @binding(4) var<storage, read_write> inverses: array<f32>;
@group(0) @binding(5) var<storage, read_write> storedScales: array<u32>;
@group(0) @binding(6) var<storage, read_write> storedOffsets: array<u32>;

/// A group of at most this width counts as constant and has scale 1.
const FLAT = 1e-8f;

struct Range { scale: f32, offset: f32, inverse: f32 }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let g = linearInvocation(group, groups, local, 64u);
  if (g >= params.groups) { return; }
  let first = g * params.group;
  let end = min(first + params.group, params.count);
  var range: Range;
  if (params.steps > 0u) { range = searched(first, end); } else { range = refined(first, end); }
  scales[g] = range.scale;
  offsets[g] = range.offset;
  inverses[g] = range.inverse;
  storedScales[g] = storedBits(range.scale);
  storedOffsets[g] = storedBits(range.offset);
}

/// Limits weights to ± `huge`: larger ranges cannot be stored anyway, and no sum overflows.
fn weight(i: u32) -> f32 {
  return clamp(w[i], -params.huge, params.huge);
}

fn extremes(first: u32, end: u32) -> vec2f {
  var ends = vec2f(weight(first));
  for (var i = first + 1u; i < end; i++) {
    ends = vec2f(min(ends.x, weight(i)), max(ends.y, weight(i)));
  }
  return ends;
}

fn refined(first: u32, end: u32) -> Range {
  var ends = extremes(first, end);
  var range = spread(ends);
  for (var round = 0u; round < params.rounds; round++) {
    var moves: vec2f;
    if (params.weighting == 0u) { moves = extremeErrors(range, first, end); } else { moves = meanErrors(range, first, end); }
    let moved = ends + vec2f(unfused(params.eta * moves.x, params.zero), unfused(params.eta * moves.y, params.zero));
    ends = clamp(moved, vec2f(-params.huge), vec2f(params.huge));
    range = spread(ends);
  }
  return range;
}

fn spread(ends: vec2f) -> Range {
  let width = ends.y - ends.x;
  if (width <= FLAT) { return Range(1.0, ends.x, 1.0); }
  let scale = divide(width, params.levels);
  return Range(scale, ends.x, divide(1.0, scale));
}

fn errorOf(value: f32, range: Range) -> f32 {
  let product = codeOf(value, range.offset, range.inverse, params.levels) * range.scale;
  return value - (unfused(product, params.zero) + range.offset);
}

fn extremeErrors(range: Range, first: u32, end: u32) -> vec2f {
  var ends = vec2f(errorOf(weight(first), range));
  for (var i = first + 1u; i < end; i++) {
    let error = errorOf(weight(i), range);
    ends = vec2f(min(ends.x, error), max(ends.y, error));
  }
  return ends;
}

/// Computes the weighted means of the negative and of the positive errors, 0 if there are none.
fn meanErrors(range: Range, first: u32, end: u32) -> vec2f {
  var below = vec2f(0.0);
  var above = vec2f(0.0);
  for (var i = first; i < end; i++) {
    let error = errorOf(weight(i), range);
    let importance = importanceOf(weight(i));
    let term = vec2f(unfused(importance * error, params.zero), importance);
    if (error < 0.0) { below += term; } else if (error > 0.0) { above += term; }
  }
  return vec2f(meanOf(below), meanOf(above));
}

fn importanceOf(value: f32) -> f32 {
  if (params.weighting == 1u) { return abs(value) + 0.01; }
  return max(unfused(value * value, params.zero), 0.001);
}

fn meanOf(sum: vec2f) -> f32 {
  if (sum.y == 0.0) { return 0.0; }
  return divide(sum.x, sum.y);
}

fn searched(first: u32, end: u32) -> Range {
  let ends = extremes(first, end);
  let width = ends.y - ends.x;
  if (width <= FLAT) { return Range(1.0, storedValue(ends.x), 1.0); }
  var best = storedSpread(ends);
  var least = squaredError(best, first, end);
  let part = width * 0.015625;
  for (var low = 0u; low < params.steps; low++) {
    for (var high = 0u; high < params.steps; high++) {
      let inner = vec2f(ends.x + unfused(f32(low) * part, params.zero), ends.y - unfused(f32(high) * part, params.zero));
      let range = storedSpread(inner);
      let error = squaredError(range, first, end);
      if (error < least) { least = error; best = range; }
    }
  }
  return best;
}

/// Computes the range as it will be read back.
fn storedSpread(ends: vec2f) -> Range {
  let offset = storedValue(ends.x);
  var scale: f32;
  if (params.stored == 2u) { scale = divide(ends.y - ends.x, params.levels); }
  else { scale = finiteHalf(halfQuotient(ends.y - ends.x, params.levels)); }
  if (scale == 0.0) { return Range(0.0, offset, 0.0); }
  return Range(scale, offset, divide(1.0, scale));
}

fn squaredError(range: Range, first: u32, end: u32) -> f32 {
  var sum = 0.0;
  for (var i = first; i < end; i++) {
    let error = errorOf(weight(i), range);
    sum += unfused(error * error, params.zero);
  }
  return sum;
}

fn storedValue(x: f32) -> f32 {
  if (params.stored == 2u) { return normalOrZero(x); }
  return finiteHalf(floatToHalfBits(x));
}

/// Converts the bits of a float16. Infinity becomes 65536, which overflows again when it is stored.
fn finiteHalf(bits: u32) -> f32 {
  if ((bits & 0x7fffu) == 0x7c00u) { return select(65536.0, -65536.0, (bits & 0x8000u) != 0u); }
  return halfBitsToFloat(bits);
}

fn storedBits(x: f32) -> u32 {
  if (params.stored == 0u) { return truncateToHalf(x); }
  if (params.stored == 2u) { return bitcast<u32>(normalOrZero(x)); }
  return floatToHalfBits(normalOrZero(x));
}
