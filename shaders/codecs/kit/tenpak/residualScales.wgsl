// Tenpak's group quantiser, first pass: step and offset of every group of flattened values [count], one thread per group.
// candidates 0 (faithful): minimum to maximum, then `rounds` refinements that move both ends by half the extreme error; codes come
// from the float32 range, which is stored truncated to float16. candidates n: the range shrunk by k/32 on both ends together, k < n,
// rounded to float16; the least squared error wins, the widest on a tie.
// ranges: step and offset that codes use; scales, offsets: bits of the stored float16, one word each.
import package::common::float16::halfBitsToFloat;
import package::common::grid::linearInvocation;
import package::codecs::kit::tenpak::residualRange::{codeOf, quotient, stepOf};
import package::codecs::kit::kMeans::half::{nearestHalfBits, truncatedHalfBits};

struct Params { groups: u32, group: u32, count: u32, levels: f32, rounds: u32, candidates: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> ranges: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> scales: array<u32>;
@group(0) @binding(4) var<storage, read_write> offsets: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let g = linearInvocation(group, groups, local, 64u);
  if (g >= params.groups) { return; }
  let first = g * params.group;
  let end = min(first + params.group, params.count);
  let span = spanOf(first, end);
  if (params.candidates > 0u) {
    let stored = search(span, first, end);
    scales[g] = stored.x;
    offsets[g] = stored.y;
    ranges[g] = vec2f(halfBitsToFloat(stored.x), halfBitsToFloat(stored.y));
  } else {
    let range = refine(span, first, end);
    scales[g] = truncatedHalfBits(range.x);
    offsets[g] = truncatedHalfBits(range.y);
    ranges[g] = range;
  }
}

fn spanOf(first: u32, end: u32) -> vec2f {
  var span = vec2f(values[first]);
  for (var i = first + 1u; i < end; i++) { span = vec2f(min(span.x, values[i]), max(span.y, values[i])); }
  return span;
}

/// Refines the range. Returns (step, offset).
fn refine(given: vec2f, first: u32, end: u32) -> vec2f {
  var span = given;
  var step = stepOf(span.x, span.y, params.levels);
  for (var round = 0u; round < params.rounds; round++) {
    let inverse = quotient(1.0, step);
    var extremes = vec2f(3e38, -3e38);
    for (var i = first; i < end; i++) {
      let error = values[i] - (codeOf(values[i], span.x, inverse, params.levels) * step + span.x);
      extremes = vec2f(min(extremes.x, error), max(extremes.y, error));
    }
    span += 0.5 * extremes;
    step = stepOf(span.x, span.y, params.levels);
  }
  return vec2f(step, span.x);
}

/// Finds the best shrunk range. Returns the bits of (step, offset).
fn search(span: vec2f, first: u32, end: u32) -> vec2u {
  var best = vec2u(0u);
  var least = 3.4e38;
  for (var k = 0u; k < params.candidates; k++) {
    let cut = (span.y - span.x) * f32(k) / 64.0;
    let width = (span.y - span.x) - 2.0 * cut;
    let stored = vec2u(nearestHalfBits(quotient(width, params.levels)), nearestHalfBits(span.x + cut));
    let error = squaredError(halfBitsToFloat(stored.x), halfBitsToFloat(stored.y), first, end);
    if (error < least) { least = error; best = stored; }
  }
  return best;
}

fn squaredError(step: f32, offset: f32, first: u32, end: u32) -> f32 {
  let inverse = select(quotient(1.0, step), 0.0, step == 0.0);
  var sum = 0.0;
  for (var i = first; i < end; i++) {
    let error = values[i] - (codeOf(values[i], offset, inverse, params.levels) * step + offset);
    sum += error * error;
  }
  return sum;
}
