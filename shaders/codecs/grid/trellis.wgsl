// Rounds a block of kit/errorFeedback/block.wgsl by a trellis along each column (src/codecs/methods/calibrated/grid/trellis.ts) with
// eight states and Viterbi's algorithm. There is one thread per run of 128 rows, which starts in state 0. Rows are independent in
// error feedback, so that a column may be rounded jointly.
// Bindings and parameters are those of block.wgsl, and scratch [rows, 2] holds the four candidate levels of each row and the parity
// by which each state was reached.
import package::common::grid::linearInvocation;
import package::common::float16::halfBitsToFloat;

struct Params {
  rows: u32, stride: u32, first: u32, count: u32, firstError: u32,
  uRow: u32, uStride: u32, feedback: u32,
  group: u32, scaleStride: u32, lowest: i32, highest: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> current: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read> scales: array<u32>;
@group(0) @binding(5) var<storage, read> zeros: array<u32>;
@group(0) @binding(6) var<storage, read_write> codes: array<i32>;
@group(0) @binding(7) var<storage, read_write> errors: array<f32>;
@group(0) @binding(8) var<storage, read_write> scratch: array<vec2u>;

const RUN = 128u;
const UNREACHED = 1e30;
/// The states before state s = 0 … 7, if s was reached by an even level and by an odd one, in four bits each.
const FROM_EVEN = 0x73156420u;
const FROM_ODD = 0x15732064u;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = RUN * linearInvocation(group, groups, local, 8u);
  if (first >= params.rows) { return; }
  let end = min(params.rows, first + RUN);
  for (var i = 0u; i < params.count; i++) {
    let column = order[params.first + i];
    let g = column / params.group;
    let half = 0.5 * halfBitsToFloat(scales[g]);
    roundColumn(i, column, first, end, half, i32(zeros[g]));
  }
}

fn roundColumn(i: u32, column: u32, first: u32, end: u32, half: f32, zero: i32) {
  var even = vec4f(0.0, UNREACHED, UNREACHED, UNREACHED);
  var odd = vec4f(UNREACHED);
  for (var row = first; row < end; row++) {
    let w = compensated(row, i);
    errors[(params.firstError + i) * params.stride + row] = w;
    var x = 0.0;
    if (half > 0.0) { x = w / half; }
    let levels = levelsOf(x);
    let distance = distancesOf(x, levels);
    // States 0 … 3 follow the even states, 4 … 7 the odd ones (trellis.ts).
    let lowByEven = even + distance.x;
    let lowByOdd = even.zwxy + distance.y;
    let highByEven = odd.zxyw + distance.z;
    let highByOdd = odd.ywzx + distance.w;
    let low = min(lowByEven, lowByOdd);
    let high = min(highByEven, highByOdd);
    scratch[row] = vec2u(packLevels(levels), bitsOf(lowByOdd < lowByEven) | (bitsOf(highByOdd < highByEven) << 4u));
    even = vec4f(low.xz, high.xz);
    odd = vec4f(low.yw, high.yw);
  }
  traceBack(i, column, first, end, half, zero, bestState(even, odd));
}

/// Finds the nearest levels: of even states with even and odd parity, then of odd states with even and odd parity.
fn levelsOf(x: f32) -> vec4i {
  let size = min(abs(x), 1024.0);
  let evenOfOdd = select(max(1.0, floor((size + 3.0) / 4.0)), 0.0, size < 1.5);
  let m = vec4f(floor(size / 4.0 + 0.5), floor(size / 4.0), evenOfOdd, floor((size + 1.0) / 4.0));
  let limits = vec4i(params.highest - 1, params.highest, params.highest - 1, params.highest);
  let levels = min(2 * vec4i(m) + vec4i(0, 1, 0, 1), limits);
  return select(levels, -levels, x < 0.0);
}

fn distancesOf(x: f32, levels: vec4i) -> vec4f {
  let distance = vec4f(2 * levels - sign(levels) * vec4i(0, 0, 1, 1)) - x;
  return distance * distance;
}

fn packLevels(levels: vec4i) -> u32 {
  let bytes = vec4u(levels + 128);
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}

fn bitsOf(odd: vec4<bool>) -> u32 {
  let bits = select(vec4u(0u), vec4u(1u, 2u, 4u, 8u), odd);
  return bits.x | bits.y | bits.z | bits.w;
}

/// Finds the first state of the smallest cost. even holds the costs of states 0, 2, 4, 6 and odd those of 1, 3, 5, 7.
fn bestState(even: vec4f, odd: vec4f) -> u32 {
  var least = even.x;
  var state = 0u;
  if (odd.x < least) { least = odd.x; state = 1u; }
  if (even.y < least) { least = even.y; state = 2u; }
  if (odd.y < least) { least = odd.y; state = 3u; }
  if (even.z < least) { least = even.z; state = 4u; }
  if (odd.z < least) { least = odd.z; state = 5u; }
  if (even.w < least) { least = even.w; state = 6u; }
  if (odd.w < least) { state = 7u; }
  return state;
}

fn traceBack(i: u32, column: u32, first: u32, end: u32, half: f32, zero: i32, last: u32) {
  var state = last;
  for (var row = end; row > first; row--) {
    let step = scratch[row - 1u];
    let byOdd = (step.y >> state) & 1u;
    let candidate = (state >> 2u) * 2u + byOdd;
    let level = i32((step.x >> (8u * candidate)) & 255u) - 128;
    state = (select(FROM_EVEN, FROM_ODD, byOdd == 1u) >> (4u * state)) & 7u;
    let value = 2 * level - sign(level) * i32(state & 1u);
    errors[(params.firstError + i) * params.stride + row - 1u] -= f32(value) * half;
    codes[column * params.stride + row - 1u] = level + zero;
  }
}

/// Computes the weight at position first + i after the feedback of the errors of the block's earlier columns.
fn compensated(row: u32, i: u32) -> f32 {
  let w = current[(params.first + i) * params.stride + row];
  if (params.feedback == 0u) { return w; }
  var sum = 0.0;
  for (var k = 0u; k < i; k++) {
    sum += errors[(params.firstError + k) * params.stride + row] * u[(params.uRow + k) * params.uStride + params.first + i];
  }
  return w - sum;
}
