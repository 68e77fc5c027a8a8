// Rounds rows of x to int8 in blocks, in the layout of linear/ternary/common. x [rows, columns] is columns of a wider
// row-major buffer. Results:
// - codes [rows, 4 · units]: word l of unit u holds the codes of columns 16u + l, 16u + 4 + l, 16u + 8 + l and 16u + 12 + l,
//   the first in the lowest byte, zero after the last column;
// - sums [rows, units]: the sum of the codes of each unit;
// - maxima [rows, blocksPerRow]: the largest magnitude of each `blockUnits` units as float32, 0 if below 2^-100
//   (code = 127·v ÷ largest, half away from zero).
// Entries: blockPerThread for short blocks and for software adapters, blockPerWorkgroup for long blocks on hardware adapters.
import package::common::grid::{linearInvocation, linearWorkgroup};
import package::common::workgroup::largestOfWorkgroup;
import package::linear::int8::code::{ZERO_THRESHOLD, int8Code};
import package::linear::quads::signedBytes;

struct Params { firstBlock: u32, lastBlock: u32, columns: u32, units: u32, blocksPerRow: u32, blockUnits: u32, xStride: u32, xColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> codes: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> sums: array<i32>;
@group(0) @binding(4) var<storage, read_write> maxima: array<u32>;

@compute @workgroup_size(64)
fn blockPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = params.firstBlock + linearInvocation(group, groups, local, 64u);
  if (block >= params.lastBlock) { return; }
  let row = block / params.blocksPerRow;
  let first = (block % params.blocksPerRow) * params.blockUnits;
  let end = min(first + params.blockUnits, params.units);
  var largest = 0u;
  for (var u = first; u < end; u++) { largest = max(largest, largestOf(row, u)); }
  largest = select(largest, 0u, largest < ZERO_THRESHOLD);
  maxima[block] = largest;
  for (var u = first; u < end; u++) { writeUnit(row, u, largest); }
}

@compute @workgroup_size(64)
fn blockPerWorkgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = params.firstBlock + linearWorkgroup(group, groups);
  if (block >= params.lastBlock) { return; }
  let row = block / params.blocksPerRow;
  let first = (block % params.blocksPerRow) * params.blockUnits;
  let end = min(first + params.blockUnits, params.units);
  var largest = 0u;
  for (var u = first + local; u < end; u += 64u) { largest = max(largest, largestOf(row, u)); }
  largest = largestOfWorkgroup(local, largest);
  largest = select(largest, 0u, largest < ZERO_THRESHOLD);
  if (local == 0u) { maxima[block] = largest; }
  for (var u = first + local; u < end; u += 64u) { writeUnit(row, u, largest); }
}

/// The bits of column k, 0 after the last column.
fn bitsAt(row: u32, k: u32) -> u32 {
  if (k >= params.columns) { return 0u; }
  return bitcast<u32>(x[row * params.xStride + params.xColumn + k]);
}

/// The bits of the largest magnitude of a unit. Bits order like magnitudes, with NaN above all, so that a block with a NaN has
/// a NaN as its scale.
fn largestOf(row: u32, unit: u32) -> u32 {
  var largest = 0u;
  for (var k = 16u * unit; k < 16u * unit + 16u; k++) { largest = max(largest, bitsAt(row, k) & 0x7fffffffu); }
  return largest;
}

fn writeUnit(row: u32, unit: u32, largest: u32) {
  let k = 16u * unit;
  let words = vec4u(
    wordAt(row, k, largest),
    wordAt(row, k + 1u, largest),
    wordAt(row, k + 2u, largest),
    wordAt(row, k + 3u, largest),
  );
  let i = row * params.units + unit;
  codes[i] = words;
  sums[i] = byteSum(words.x) + byteSum(words.y) + byteSum(words.z) + byteSum(words.w);
}

/// The codes of columns k, k + 4, k + 8 and k + 12.
fn wordAt(row: u32, k: u32, largest: u32) -> u32 {
  return int8Code(bitsAt(row, k), largest)
    | (int8Code(bitsAt(row, k + 4u), largest) << 8u)
    | (int8Code(bitsAt(row, k + 8u), largest) << 16u)
    | (int8Code(bitsAt(row, k + 12u), largest) << 24u);
}

fn byteSum(word: u32) -> i32 {
  let bytes = signedBytes(word);
  return bytes.x + bytes.y + bytes.z + bytes.w;
}
