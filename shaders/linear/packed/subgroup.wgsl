// y = x · Wᵀ (+ b) from packed integers, shapes in common.wgsl: 8 rows × 8 outputs per thread. All threads of a workgroup use
// the same 8 rows, whose columns are loaded once per subgroup and shared, and a word of codes is loaded once for 8 rows. Weights
// are multiplied by their scale when they are unpacked, which is exact: a code has 8 bits and a scale 11. Needs subgroups of at
// least 8, and a K and groups that are multiples of 8. Condition centred: the offset is half of the codes' range.
import package::linear::octets::{EightSums, Octet, addOctets, scaledOctet};
@if(!centred) import package::linear::octets::shiftedOctet;
import package::linear::tile::{Piece, tileCorner, fourRows, fourOutputs, xStarts, storeRow};
import package::linear::packed::common::{params, x, octetOf, scalesAt};
@if(!centred) import package::linear::packed::common::shiftsAt;
enable subgroups;

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let corner = tileCorner(params.piece, group, groups, 8u, 64u);
  // No thread may return early: every lane takes part in the shuffles.
  if (corner.x >= params.piece.lastRow) { return; }
  let at = corner + vec2u(0u, 8u * local);
  let near = fourOutputs(params.piece, at.y);
  let far = fourOutputs(params.piece, at.y + 4u);
  let rows = params.piece.lastRow - corner.x;
  let xs = xStarts(params.piece, fourRows(params.piece, at.x)) + (lane & 7u);
  let xsFar = xStarts(params.piece, fourRows(params.piece, at.x + 4u)) + (lane & 7u);
  var sums0 = EightSums();
  var sums1 = EightSums();
  var sums2 = EightSums();
  var sums3 = EightSums();
  var sums4 = EightSums();
  var sums5 = EightSums();
  var sums6 = EightSums();
  var sums7 = EightSums();
  for (var g = 0u; g < params.groupsPerRow; g++) {
    let nearScales = scalesAt(near, g);
    let farScales = scalesAt(far, g);
    @if(!centred) let nearShifts = shiftsAt(near, g);
    @if(!centred) let farShifts = shiftsAt(far, g);
    let end = min((g + 1u) * params.group, params.columns);
    for (var k = g * params.group; k < end; k += 8u) {
      let a0 = x[xs.x + k];
      let a1 = x[xs.y + k];
      let a2 = x[xs.z + k];
      let a3 = x[xs.w + k];
      let a4 = x[xsFar.x + k];
      let a5 = x[xsFar.y + k];
      let a6 = x[xsFar.z + k];
      let a7 = x[xsFar.w + k];
      @if(centred) let w = scaledOctet(octetOf(near, k), nearScales);
      @if(centred) let v = scaledOctet(octetOf(far, k), farScales);
      @if(!centred) let w = scaledOctet(shiftedOctet(octetOf(near, k), nearShifts), nearScales);
      @if(!centred) let v = scaledOctet(shiftedOctet(octetOf(far, k), farShifts), farScales);
      // Blocks of two rows also keep compilers from mixing all rows, for which there are too few registers.
      if (rows > 0u) { addOctets(&sums0, a0, w, v); addOctets(&sums1, a1, w, v); }
      if (rows > 2u) { addOctets(&sums2, a2, w, v); addOctets(&sums3, a3, w, v); }
      if (rows > 4u) { addOctets(&sums4, a4, w, v); addOctets(&sums5, a5, w, v); }
      if (rows > 6u) { addOctets(&sums6, a6, w, v); addOctets(&sums7, a7, w, v); }
    }
  }
  storeEight(params.piece, at, sums0);
  storeEight(params.piece, at + vec2u(1u, 0u), sums1);
  storeEight(params.piece, at + vec2u(2u, 0u), sums2);
  storeEight(params.piece, at + vec2u(3u, 0u), sums3);
  storeEight(params.piece, at + vec2u(4u, 0u), sums4);
  storeEight(params.piece, at + vec2u(5u, 0u), sums5);
  storeEight(params.piece, at + vec2u(6u, 0u), sums6);
  storeEight(params.piece, at + vec2u(7u, 0u), sums7);
}

/// Stores eight outputs of one row.
fn storeEight(piece: Piece, at: vec2u, sums: EightSums) {
  storeRow(piece, at, sums.near);
  storeRow(piece, at + vec2u(0u, 4u), sums.far);
}
