// Quantises the scales of the groups of super-blocks, one thread per block: heads [blocks, 2] gets the bits of the float16 d and dmin,
// scales [groups, 2] the unsigned codes of scale and minimum. found [groups, 3] then holds the step and the offset by which the
// weights are coded again.
import package::common::float16::{floatToHalfBits, halfBitsToFloat};
import package::common::grid::linearInvocation;
import package::codecs::kit::ggufBlocks::encodeSource::{params, add, sub, mul, div, inverseOf, largest, x, w, codes, NEGLIGIBLE};
import package::codecs::kit::ggufBlocks::symmetric::{Sums, addCode, symmetricScale, improveCodes};
import package::codecs::kit::ggufBlocks::fields::{BLOCK, SCALES};

/// Whether errors are weighed by the sums of the groups' weights, as with an importance matrix.
override WEIGHED = 0u;

@group(0) @binding(1) var<storage, read_write> found: array<f32>;
@group(0) @binding(2) var<storage, read_write> heads: array<u32>;
@group(0) @binding(3) var<storage, read_write> scales: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = linearInvocation(group, groups, local, 64u);
  if (block * BLOCK >= params.count) { return; }
  switch SCALES {
    case 1u: { affine(block, 15.0); }
    case 2u: { affine(block, 63.0); }
    case 3u: { signed6(block); }
    case 4u: { signed8(block); }
    default: { split6(block); }
  }
}

fn groupsOf() -> u32 {
  return BLOCK / params.group;
}

/// Loads one field of the groups' results into x, and the sums of weights into w.
fn load(block: u32, field: u32) {
  for (var g = 0u; g < groupsOf(); g++) {
    let at = 3u * (block * groupsOf() + g);
    x[g] = found[at + field];
    w[g] = found[at + 2u];
  }
}

/// Scales and minima 0 … top of Q2_K, Q4_K and Q5_K.
fn affine(block: u32, top: f32) {
  for (var field = 0u; field < 2u; field++) {
    load(block, field);
    let half = floatToHalfBits(positive(top));
    heads[2u * block + field] = half;
    for (var g = 0u; g < groupsOf(); g++) {
      let i = block * groupsOf() + g;
      scales[2u * i + field] = u32(codes[g]);
      found[3u * i + field] = mul(halfBitsToFloat(half), f32(codes[g]));
    }
  }
}

fn positive(top: f32) -> f32 {
  if (WEIGHED == 1u) { return positiveScale(groupsOf(), top); }
  var high = 0.0;
  for (var g = 0u; g < groupsOf(); g++) { high = select(high, x[g], x[g] > high); }
  var inverse = 0.0;
  if (high > 0.0) { inverse = div(top, high); }
  for (var g = 0u; g < groupsOf(); g++) { codes[g] = min(i32(top), i32(round(mul(inverse, x[g]))) & 255); }
  return div(high, top);
}

/// Searches the scale of codes 0 … top; `make_qp_quants`.
fn positiveScale(n: u32, top: f32) -> f32 {
  var high = 0.0;
  for (var i = 0u; i < n; i++) { high = max(high, x[i]); }
  if (high < NEGLIGIBLE) {
    for (var i = 0u; i < n; i++) { codes[i] = 0; }
    return 0.0;
  }
  var inverse = div(top, high);
  var least = positiveError(n, inverse, 1e9);
  for (var step = -4; step <= 4 + i32(params.unchanged); step++) {
    if (step == 0) { continue; }
    let tried = div(add(mul(0.1, f32(step)), top), high);
    let error = positiveError(n, tried, top);
    if (!(error < least)) { continue; }
    least = error;
    inverse = tried;
  }
  var sums = Sums(0.0, 0.0);
  for (var i = 0u; i < n; i++) {
    let code = min(top, round(mul(inverse, x[i])));
    codes[i] = i32(code);
    addCode(&sums, i, code);
  }
  improveCodes(n, &sums, 0.0, top);
  if (sums.l2 > 0.0) { return div(sums.lx, sums.l2); }
  return 0.0;
}

fn positiveError(n: u32, inverse: f32, top: f32) -> f32 {
  let scale = div(1.0, inverse);
  var error = 0.0;
  for (var i = 0u; i < n; i++) {
    let code = min(top, round(mul(inverse, x[i])));
    let difference = sub(x[i], mul(scale, code));
    error = add(error, mul(mul(w[i], difference), difference));
  }
  return error;
}

/// Stores d, and the groups' codes with `zero` added; sets their steps to d · code.
fn store(block: u32, half: u32, d: f32, zero: i32) {
  heads[2u * block] = half;
  for (var g = 0u; g < groupsOf(); g++) {
    let i = block * groupsOf() + g;
    scales[2u * i] = u32(codes[g] + zero);
    found[3u * i] = mul(d, f32(codes[g]));
    found[3u * i + 1u] = 0.0;
  }
}

/// Codes of the scales that give the one of largest magnitude the lowest code.
fn lowest(inverse: f32, low: f32, high: f32) {
  for (var g = 0u; g < groupsOf(); g++) { codes[g] = i32(clamp(round(mul(inverse, x[g])), low, high)); }
}

/// Scales −32 … 31 of Q3_K.
fn signed6(block: u32) {
  load(block, 0u);
  var d = 0.0;
  if (WEIGHED == 1u) {
    d = symmetricScale(groupsOf(), 32.0);
  } else {
    let inverse = div(-32.0, largest(groupsOf()));
    lowest(inverse, -32.0, 31.0);
    d = div(1.0, inverse);
  }
  let half = floatToHalfBits(d);
  store(block, half, halfBitsToFloat(half), 32);
}

/// Scales −128 … 127 of Q6_K.
fn signed8(block: u32) {
  load(block, 0u);
  let inverse = div(-128.0, largest(groupsOf()));
  let half = floatToHalfBits(div(1.0, inverse));
  for (var g = 0u; g < groupsOf(); g++) { codes[g] = i32(min(127.0, round(mul(inverse, x[g])))); }
  store(block, half, halfBitsToFloat(half), 0);
}

/// Scales −32 … 31 of IQ4_XS. The weights are coded with d before it is rounded.
fn split6(block: u32) {
  load(block, 0u);
  let d = largest(groupsOf()) / -32.0;
  lowest(inverseOf(d), -32.0, 31.0);
  store(block, floatToHalfBits(d), d, 32);
}
