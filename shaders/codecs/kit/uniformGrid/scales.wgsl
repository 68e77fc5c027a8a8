// The first pass of rtn computes the float16 scale and the zero point of groups [firstGroup, firstGroup + groups) of every row, with
// one thread per group. w float32, element (row, column) at row·rowStride + column·columnStride → scales, zeros
// [rows, groupsPerRow], one word each (half bits; integer).
// Candidate k = 0 … candidates − 1 scales the range by 1 − k/32. The candidate with the least squared error of the group is taken, on
// a tie the widest. One candidate is plain min-max (Krishnamoorthi 2018, https://arxiv.org/abs/1806.08342).
import package::common::grid::linearInvocation;
import package::common::float16::halfBitsToFloat;
import package::common::rounding::halfQuotient;
import package::common::rounding::roundedQuotient;
import package::codecs::kit::uniformGrid::levels::HUGE;
import package::codecs::kit::uniformGrid::levels::levelsOf;
import package::codecs::kit::uniformGrid::levels::quantise;

struct Params {
  rows: u32, columns: u32, rowStride: u32, columnStride: u32, group: u32, groupsPerRow: u32, firstGroup: u32, groups: u32,
  levels: u32, asymmetric: u32, candidates: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> scales: array<u32>;
@group(0) @binding(3) var<storage, read_write> zeros: array<u32>;

struct Choice { scale: u32, zero: u32 }

const MAX_FLOAT = 0x1.fffffep+127f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.groups) { return; }
  let row = i / params.groups;
  let g = params.firstGroup + i % params.groups;
  let column = g * params.group;
  let first = row * params.rowStride + column * params.columnStride;
  let end = first + min(params.group, params.columns - column) * params.columnStride;
  let range = rangeOf(first, end);
  var best = choose(range);
  if (params.candidates > 1u) {
    var least = squaredError(best, range, first, end, MAX_FLOAT);
    for (var k = 1u; k < params.candidates; k++) {
      let next = choose(range * (1.0 - f32(k) / 32.0));
      let error = squaredError(next, range, first, end, least);
      if (error < least) { least = error; best = next; }
    }
  }
  scales[row * params.groupsPerRow + g] = best.scale;
  zeros[row * params.groupsPerRow + g] = best.zero;
}

/// Computes [min(0, min w), max(0, max w)] of a group.
fn rangeOf(first: u32, end: u32) -> vec2f {
  var range = vec2f(0.0);
  for (var i = first; i < end; i += params.columnStride) {
    range = vec2f(min(range.x, w[i]), max(range.y, w[i]));
  }
  return clamp(range, vec2f(-HUGE), vec2f(HUGE));
}

/// Chooses the scale that spreads the levels over a range, and the zero point that puts 0 on a level.
fn choose(range: vec2f) -> Choice {
  if (params.asymmetric == 0u) {
    return Choice(halfQuotient(max(-range.x, range.y), f32(params.levels)), 0u);
  }
  let bits = halfQuotient(range.y - range.x, f32(params.levels));
  let scale = halfBitsToFloat(bits);
  if (scale == 0.0) { return Choice(bits, 0u); }
  return Choice(bits, min(roundedQuotient(min(-range.x, 1024.0 * scale), scale), params.levels));
}

/// Sums the squared errors of a group with the given range. A sum that reaches `limit` ends there, and does not begin if clipping the
/// ends of the range alone costs as much.
fn squaredError(choice: Choice, range: vec2f, first: u32, end: u32, limit: f32) -> f32 {
  let scale = halfBitsToFloat(choice.scale);
  let levels = levelsOf(params.asymmetric != 0u, params.levels, choice.zero);
  let clipped = max(0.0, max(range.y - f32(levels.highest) * scale, f32(levels.lowest) * scale - range.x));
  if (clipped * clipped >= limit) { return limit; }
  var sum = 0.0;
  for (var i = first; i < end && sum < limit; i += params.columnStride) {
    let error = w[i] - f32(quantise(w[i], scale, levels)) * scale;
    sum += error * error;
  }
  return sum;
}
