// Searches around the scales and minima of the groups as they are stored, one thread per group, for those of least squared error, weighed
// by `importance` of the columns if WEIGHED, among those whose squared error without weights is no larger either: heads [blocks, 2] holds the bits of the float16 d and dmin, scales [groups, 2] the unsigned
// codes of the groups' scales and minima, or nothing in blocks of one group. found [groups, 3] then begins with the step and the offset by
// which the weights are coded again. The reference is src/codecs/kit/ggufBlocks/wide.ts.
import package::common::float16::{floatToHalfBits, halfBitsToFloat};
import package::common::grid::linearInvocation;
import package::codecs::kit::ggufBlocks::encodeSource::{params, add, sub, mul, x, w};
import package::codecs::kit::ggufBlocks::fields::{BLOCK, D_AT, MIN_AT, ZERO, SCALES, LEVELS, LEVEL};
import package::codecs::kit::ggufBlocks::nearest::nearestCode;

override WEIGHED = 0u;
/// Codes of scales and minima, how far from the present one others are tried, and what is added to a stored scale.
override LOWEST = 0;
override HIGHEST = 0;
override REACH = 8;
override SCALE_ZERO = 0;

const ROUNDS = 2;
// Powers of two, so that products with them are exact.
const SCALE_STEP = 0.015625;
const MINIMUM_STEP = 0.0625;
const FINER = 0.125;

@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> importance: array<f32>;
@group(0) @binding(3) var<storage, read_write> found: array<f32>;
@group(0) @binding(4) var<storage, read_write> heads: array<u32>;
@group(0) @binding(5) var<storage, read_write> scales: array<u32>;

/// Scale and minimum: codes, or the bits of float16 values in blocks of one group.
struct Parameters { scale: i32, minimum: i32 }
/// What x ≈ step · code − offset is restored with.
struct Restoring { step: f32, offset: f32 }
/// The squared error of a group with and without the weights.
struct Errors { weighed: f32, plain: f32 }

var<private> d: f32;
var<private> dmin: f32;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let g = linearInvocation(group, groups, local, 64u);
  if (g * params.group >= params.count) { return; }
  for (var i = 0u; i < params.group; i++) {
    let at = g * params.group + i;
    x[i] = weights[at];
    w[i] = select(1.0, importance[at % params.columns], WEIGHED == 1u);
  }
  let block = g * params.group / BLOCK;
  d = halfBitsToFloat(heads[2u * block]);
  dmin = halfBitsToFloat(heads[2u * block + 1u]);
  let best = searched(stored(block, g));
  if (SCALES == 0u) {
    heads[2u * block] = u32(best.scale);
    heads[2u * block + 1u] = u32(best.minimum);
  } else {
    scales[2u * g] = u32(best.scale + SCALE_ZERO);
    scales[2u * g + 1u] = u32(best.minimum);
  }
  let result = restoring(best);
  found[3u * g] = result.step;
  found[3u * g + 1u] = result.offset;
}

fn stored(block: u32, g: u32) -> Parameters {
  if (SCALES == 0u) { return Parameters(i32(heads[2u * block]), i32(heads[2u * block + 1u])); }
  return Parameters(i32(scales[2u * g]) - SCALE_ZERO, i32(scales[2u * g + 1u]));
}

fn searched(start: Parameters) -> Parameters {
  var best = start;
  let first = errorsOf(start);
  var least = first.weighed;
  var size = 1.0;
  for (var round = 0; round < ROUNDS + i32(params.unchanged); round++) {
    for (var field = 0; field < select(1, 2, MIN_AT != D_AT) + i32(params.unchanged); field++) {
      let begin = best;
      for (var k = -REACH; k <= REACH + i32(params.unchanged); k++) {
        let tried = neighbour(begin, field, k, size);
        if (!isAllowed(tried, field)) { continue; }
        let errors = errorsOf(tried);
        if (!(errors.weighed < least && errors.plain <= first.plain)) { continue; }
        least = errors.weighed;
        best = tried;
      }
    }
    size *= FINER;
  }
  return best;
}

fn neighbour(begin: Parameters, field: i32, k: i32, size: f32) -> Parameters {
  if (SCALES != 0u) {
    return Parameters(begin.scale + select(0, k, field == 0), begin.minimum + select(0, k, field == 1));
  }
  let scale = halfBitsToFloat(u32(begin.scale));
  if (field == 0) { return Parameters(i32(floatToHalfBits(mul(scale, 1.0 + f32(k) * size * SCALE_STEP))), begin.minimum); }
  let minimum = halfBitsToFloat(u32(begin.minimum));
  return Parameters(begin.scale, i32(floatToHalfBits(add(minimum, mul(scale, f32(k) * size * MINIMUM_STEP)))));
}

fn isAllowed(tried: Parameters, field: i32) -> bool {
  if (restoring(tried).step == 0.0) { return false; }
  let value = select(tried.minimum, tried.scale, field == 0);
  return SCALES == 0u || (value >= LOWEST && value <= HIGHEST);
}

fn restoring(parameters: Parameters) -> Restoring {
  if (SCALES == 0u) {
    return Restoring(halfBitsToFloat(u32(parameters.scale)), -halfBitsToFloat(u32(parameters.minimum)));
  }
  return Restoring(mul(d, f32(parameters.scale)), mul(dmin, f32(parameters.minimum)));
}

fn errorsOf(parameters: Parameters) -> Errors {
  let by = restoring(parameters);
  var errors = Errors(0.0, 0.0);
  for (var i = 0u; i < params.group; i++) {
    var code = 0u;
    if (by.step != 0.0) { code = nearestCode(x[i], by.step, by.offset); }
    let level = select(f32(i32(code) - i32(ZERO)), LEVEL[code % 16u], LEVELS == 1u);
    var restored = mul(by.step, level);
    if (MIN_AT != D_AT) { restored = sub(restored, by.offset); }
    let difference = sub(x[i], restored);
    let square = mul(difference, difference);
    errors.weighed = add(errors.weighed, mul(w[i], square));
    errors.plain = add(errors.plain, square);
  }
  return errors;
}
