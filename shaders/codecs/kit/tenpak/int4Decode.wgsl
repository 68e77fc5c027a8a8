// Restores weights: (code · scale + offset [+ residual code · scale + offset]) · factor, and half of that where the mask has
// a bit. codes 8 per word; residual `residualBits` wide (0: none); scales and offsets [groups] float16 two per word, or
// float32 (wide = 1); mask one bit per weight (masked = 1) → out [count]. One thread per weight.
import package::common::grid::linearInvocation;
import package::common::float16::halfOfWord;
import package::codecs::kit::tenpak::int4Arithmetic::{normalOrZero, unfused};

struct Params { count: u32, group: u32, wide: u32, residualBits: u32, masked: u32, factor: f32, zero: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read> residual: array<u32>;
@group(0) @binding(5) var<storage, read> residualScales: array<u32>;
@group(0) @binding(6) var<storage, read> residualOffsets: array<u32>;
@group(0) @binding(7) var<storage, read> mask: array<u32>;
@group(0) @binding(8) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let code = f32((codes[i / 8u] >> (4u * (i % 8u))) & 15u);
  var value = unfused(code * scaleOf(i), params.zero) + offsetOf(i);
  if (params.residualBits > 0u) { value += residualOf(i); }
  value *= params.factor;
  if (params.masked == 1u && ((mask[i / 32u] >> (i % 32u)) & 1u) == 1u) { value *= 0.5; }
  out[i] = value;
}

fn scaleOf(i: u32) -> f32 {
  let g = i / params.group;
  if (params.wide == 1u) { return normalOrZero(bitcast<f32>(scales[g])); }
  return halfOfWord(scales[g / 2u], g);
}

fn offsetOf(i: u32) -> f32 {
  let g = i / params.group;
  if (params.wide == 1u) { return normalOrZero(bitcast<f32>(offsets[g])); }
  return halfOfWord(offsets[g / 2u], g);
}

fn residualOf(i: u32) -> f32 {
  let g = i / params.group;
  let perWord = 32u / params.residualBits;
  let word = residual[i / perWord] >> (params.residualBits * (i % perWord));
  let code = f32(word & ((1u << params.residualBits) - 1u));
  let product = code * halfOfWord(residualScales[g / 2u], g);
  return unfused(product, params.zero) + halfOfWord(residualOffsets[g / 2u], g);
}
