// Rounds w ÷ scale to the nearest 8-bit float, ties to even, saturating: one thread for each word of four codes of a row.
// The scale is a bfloat16 (8 significant bits) of at least 2⁻¹⁰⁰, and the midpoint of two codes has at most 5 bits, so that their product
// is exact in float32 and decides; WGSL's quotient is only a first guess.
import package::common::grid::linearInvocation;

struct Params {
  count: u32, columns: u32, wordsPerRow: u32, firstRow: u32,
  height: u32, width: u32, across: u32, mantissaBits: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;

/// The exponent bias of the format: 7 for e4m3, 15 for e5m2.
fn bias() -> i32 { return select(15, 7, params.mantissaBits == 3u); }

/// The code of the largest finite number: 448 in e4m3, 57344 in e5m2.
fn largestCode() -> u32 { return select(0x7bu, 0x7eu, params.mantissaBits == 3u); }

/// The value of a code without its sign.
fn valueOf(code: u32) -> f32 {
  let m = params.mantissaBits;
  let exponent = i32(code >> m);
  let mantissa = code & ((1u << m) - 1u);
  let significand = select(mantissa, mantissa + (1u << m), exponent > 0);
  return ldexp(f32(significand), max(exponent, 1) - bias() - i32(m));
}

/// The midpoint of a code and the one above.
fn midpoint(code: u32) -> f32 { return 0.5 * (valueOf(code) + valueOf(code + 1u)); }

fn guessOf(x: f32) -> u32 {
  let m = i32(params.mantissaBits);
  let exponent = max(i32((bitcast<u32>(x) >> 23u) & 0xffu) - 127, 1 - bias());
  let steps = round(ldexp(x, m - exponent));
  return u32(max(f32((exponent + bias() - 1) << params.mantissaBits) + steps, 0.0));
}

fn encode(weight: f32, scale: f32) -> u32 {
  if (scale == 0.0) { return 0u; }
  let magnitude = abs(weight);
  var code = min(guessOf(magnitude / scale), largestCode());
  let odd = (code & 1u) == 1u;
  if (code < largestCode()) {
    let above = midpoint(code) * scale;
    if (magnitude > above || (magnitude == above && odd)) { code += 1u; return signed(code, weight); }
  }
  if (code > 0u) {
    let below = midpoint(code - 1u) * scale;
    if (magnitude < below || (magnitude == below && odd)) { code -= 1u; }
  }
  return signed(code, weight);
}

fn signed(code: u32, weight: f32) -> u32 { return code | select(0u, 0x80u, weight < 0.0 && code > 0u); }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = i / params.wordsPerRow;
  let first = 4u * (i % params.wordsPerRow);
  let scaleRow = ((params.firstRow + row) / params.height) * params.across;
  var word = 0u;
  for (var k = 0u; k < 4u; k++) {
    let column = first + k;
    if (column >= params.columns) { break; }
    let scale = scales[scaleRow + column / params.width];
    word |= encode(w[row * params.columns + column], scale) << (8u * k);
  }
  codes[i] = word;
}
