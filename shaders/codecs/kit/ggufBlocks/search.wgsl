// Searches the scale of every group of `count` weights, one thread per group: found [groups, 3] gets scale, minimum and the sum of the
// weights of the errors; coded gets an unsigned code for each weight. For blocks of one group, heads [blocks, 2] gets the bits of
// their float16 scale and minimum. Errors are weighed by `importance` of the columns and `variances` of the blocks, if WEIGHTS says so.
import package::common::float16::floatToHalfBits;
import package::common::grid::linearInvocation;
import package::codecs::kit::ggufBlocks::encodeSource::{params, add, mul, squareRoot, x, w, codes};
import package::codecs::kit::ggufBlocks::fields::{BLOCK, SCALES};
@if(affine) import package::codecs::kit::ggufBlocks::affine::affineSearch as searched;
@if(symmetric) import package::codecs::kit::ggufBlocks::symmetric::symmetricSearch as searched;
@if(refined) import package::codecs::kit::ggufBlocks::symmetric::refinedSearch as searched;
@if(levels) import package::codecs::kit::ggufBlocks::levels::levelSearch as searched;
@if(extreme) import package::codecs::kit::ggufBlocks::direct::fromExtreme as searched;
@if(range) import package::codecs::kit::ggufBlocks::direct::fromRange as searched;
@if(magnitude) import package::codecs::kit::ggufBlocks::direct::fromMagnitude as searched;

/// 0 magnitude and spread of the group, 1 magnitude, 2 square, 3 importance · √(variance + square), 4 importance.
override WEIGHTS = 0u;

@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> importance: array<f32>;
@group(0) @binding(3) var<storage, read> variances: array<f32>;
@group(0) @binding(4) var<storage, read_write> found: array<f32>;
@group(0) @binding(5) var<storage, read_write> coded: array<i32>;
@group(0) @binding(6) var<storage, read_write> heads: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let g = linearInvocation(group, groups, local, 64u);
  if (g * params.group >= params.count) { return; }
  for (var i = 0u; i < params.group; i++) { x[i] = weights[g * params.group + i]; }
  setWeights(g);
  let result = searched();
  found[3u * g] = result.x;
  found[3u * g + 1u] = result.y;
  var sum = 0.0;
  for (var i = 0u; i < params.group; i++) { sum = add(sum, w[i]); }
  found[3u * g + 2u] = sum;
  if (SCALES == 0u) {
    heads[2u * g] = floatToHalfBits(result.x);
    heads[2u * g + 1u] = floatToHalfBits(result.y);
  }
  for (var i = 0u; i < params.group; i++) { coded[g * params.group + i] = codes[i]; }
}

fn setWeights(g: u32) {
  var spread = 0.0;
  if (WEIGHTS == 0u) {
    for (var i = 0u; i < params.group; i++) { spread = add(spread, mul(x[i], x[i])); }
    spread = squareRoot(spread / f32(params.group));
  }
  for (var i = 0u; i < params.group; i++) { w[i] = weightOf(g * params.group + i, x[i], spread); }
}

fn weightOf(i: u32, value: f32, spread: f32) -> f32 {
  switch WEIGHTS {
    case 0u: { return add(spread, abs(value)); }
    case 1u: { return abs(value); }
    case 2u: { return mul(value, value); }
    case 3u: { return mul(importance[i % params.columns], squareRoot(add(variances[i / BLOCK], mul(value, value)))); }
    default: { return importance[i % params.columns]; }
  }
}
