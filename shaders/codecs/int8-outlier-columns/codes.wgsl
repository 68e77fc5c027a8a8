// Computes int8 codes of the kept columns: round(w ÷ scale of the row), half away from zero, within ±127, or 0 for a scale of 0.
// weights [rows, columns], kept [keptCount], scales [rows] (bits of a half per word) -> codes [rows, keptCount], 4 per word,
// first in the lowest byte. `count` = rows · keptCount. One thread per word.
import package::common::grid::linearInvocation;
import package::common::float16::halfBitsToFloat;
import package::common::rounding::roundedQuotient;

struct Params { count: u32, columns: u32, keptCount: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> kept: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read_write> codes: array<u32>;

/// Computes a code as a byte in two's complement. The host refuses infinite scales.
fn codeOf(w: f32, scale: f32) -> u32 {
  if (scale == 0.0) { return 0u; }
  let magnitude = min(roundedQuotient(min(abs(w), 128.0 * scale), scale), 127u);
  return select(magnitude, (256u - magnitude) & 255u, w < 0.0);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  let first = word * 4u;
  if (first >= params.count) { return; }
  var packed = 0u;
  for (var i = first; i < min(first + 4u, params.count); i++) {
    let row = i / params.keptCount;
    let w = weights[row * params.columns + kept[i % params.keptCount]];
    packed |= codeOf(w, halfBitsToFloat(scales[row])) << (8u * (i - first));
  }
  codes[word] = packed;
}
