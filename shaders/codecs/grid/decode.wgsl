// grid decodes w = q · step of the column · factor of the row + centre of the column, with one thread per column and run of 128 rows.
// With a trellis, (2|q| − state mod 2)·sign(q)·step/2 replaces q · step, and the parities of the q above it in its column give the
// state (src/codecs/methods/calibrated/grid/trellis.ts).
// codes [rows, wordsPerRow] from a row on that is a multiple of 128: bytes q + 128; steps float16 bits, one word per column;
// factors [rows], centre [columns] → out [rows − skip, columns], without the first `skip` rows.
import package::common::grid::linearInvocation;
import package::common::float16::halfBitsToFloat;

struct Params { rows: u32, columns: u32, wordsPerRow: u32, skip: u32, trellis: u32, firstElement: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> steps: array<u32>;
@group(0) @binding(3) var<storage, read> factors: array<f32>;
@group(0) @binding(4) var<storage, read> centre: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

const RUN = 128u;
/// The states after an even level and after an odd one, in four bits for each previous state.
const AFTER_EVEN = 0x73426150u;
const AFTER_ODD = 0x51604372u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let column = i % params.columns;
  let first = RUN * (i / params.columns);
  if (first >= params.rows) { return; }
  let half = 0.5 * halfBitsToFloat(steps[column]);
  var state = 0u;
  for (var row = first; row < min(params.rows, first + RUN); row++) {
    let word = codes[row * params.wordsPerRow + column / 4u];
    let q = i32((word >> (8u * (column % 4u))) & 255u) - 128;
    let value = 2 * q - sign(q) * i32(state & 1u);
    if (row >= params.skip) {
      let at = params.firstElement + (row - params.skip) * params.columns + column;
      out[at] = f32(value) * half * factors[row] + centre[column];
    }
    if (params.trellis != 0u) { state = (select(AFTER_EVEN, AFTER_ODD, (q & 1) == 1) >> (4u * state)) & 7u; }
  }
}
