// Rounds rows of x to int8. x [rows, columns] is columns of a wider row-major buffer, multiplied by factors [columns]
// (condition factors). Results:
// - codes [rows, wordsPerRow], 4 in a word, the first in the lowest byte, zero after the last column;
// - scales [rows]: the row's largest magnitude as float32, 0 if below 2^-100 (code = 127·v ÷ largest, half away from zero),
//   or with condition half the bits of the float16 nearest to largest ÷ 127 (code = v ÷ scale).
// A factor of 0 excludes a column: its code is 0, and it does not affect the largest magnitude.
// Entries: rowPerThread for software adapters (no barriers), rowPerWorkgroup for hardware adapters.
// Source: Dettmers et al. 2022, LLM.int8(), section 2.1, https://arxiv.org/abs/2208.07339
import package::common::grid::{linearInvocation, linearWorkgroup};
import package::common::workgroup::largestOfWorkgroup;
import package::common::float16::halfBitsToFloat;
import package::common::rounding::{halfQuotient, roundedQuotient};
import package::linear::int8::code::{ZERO_THRESHOLD, int8Code};

struct Params { firstRow: u32, lastRow: u32, columns: u32, wordsPerRow: u32, xStride: u32, xColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> codes: array<u32>;
@group(0) @binding(3) var<storage, read_write> scales: array<u32>;
@if(factors) @group(0) @binding(4) var<storage, read> factors: array<f32>;

@compute @workgroup_size(64)
fn rowPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = params.firstRow + linearInvocation(group, groups, local, 64u);
  if (row >= params.lastRow) { return; }
  var largest = 0u;
  for (var k = 0u; k < params.columns; k++) { largest = max(largest, magnitudeAt(row, k)); }
  let scale = scaleOf(largest);
  scales[row] = scale;
  for (var word = 0u; word < params.wordsPerRow; word++) {
    codes[row * params.wordsPerRow + word] = wordAt(row, word, scale);
  }
}

@compute @workgroup_size(64)
fn rowPerWorkgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = params.firstRow + linearWorkgroup(group, groups);
  if (row >= params.lastRow) { return; }
  var largest = 0u;
  for (var k = local; k < params.columns; k += 64u) { largest = max(largest, magnitudeAt(row, k)); }
  let scale = scaleOf(largestOfWorkgroup(local, largest));
  if (local == 0u) { scales[row] = scale; }
  for (var word = local; word < params.wordsPerRow; word += 64u) {
    codes[row * params.wordsPerRow + word] = wordAt(row, word, scale);
  }
}

fn valueAt(row: u32, k: u32) -> f32 {
  let value = x[row * params.xStride + params.xColumn + k];
  @if(factors) return value * factors[k];
  @else return value;
}

/// The bits of a magnitude. They order like magnitudes, with NaN above all, so that a row with a NaN has a NaN as its scale.
fn magnitudeAt(row: u32, k: u32) -> u32 {
  return bitcast<u32>(valueAt(row, k)) & 0x7fffffffu;
}

fn scaleOf(largest: u32) -> u32 {
  @if(half) return halfQuotient(bitcast<f32>(largest), 127.0);
  @else return select(largest, 0u, largest < ZERO_THRESHOLD);
}

fn codeOf(value: f32, scale: u32) -> u32 {
  @if(half) return halfScaledCode(value, halfBitsToFloat(scale));
  @else return int8Code(bitcast<u32>(value), scale);
}

/// The code of a value by a float16 scale. The host refuses a scale of infinity.
@if(half) fn halfScaledCode(value: f32, scale: f32) -> u32 {
  if (scale == 0.0) { return 0u; }
  let magnitude = min(roundedQuotient(min(abs(value), 128.0 * scale), scale), 127u);
  return select(magnitude, (256u - magnitude) & 255u, value < 0.0);
}

fn wordAt(row: u32, word: u32, scale: u32) -> u32 {
  var packed = 0u;
  let first = 4u * word;
  for (var k = first; k < min(first + 4u, params.columns); k++) {
    packed |= codeOf(valueAt(row, k), scale) << (8u * (k - first));
  }
  return packed;
}
