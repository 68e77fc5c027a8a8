// y = x · Wᵀ (+ b) from packed integers, shapes in common.wgsl: one row × 4 outputs per thread, for few rows. Columns of x are
// loaded once per subgroup and broadcast. Needs what packed/subgroup needs.
import package::linear::octets::octetProduct;
@if(!centred) import package::linear::octets::shiftedOctet;
import package::linear::tile::{tileCorner, fourOutputs, xStart, storeRow};
import package::linear::packed::common::{params, x, octetOf, scalesAt};
@if(!centred) import package::linear::packed::common::shiftsAt;
enable subgroups;

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let corner = tileCorner(params.piece, group, groups, 1u, 64u);
  // No thread may return early: every lane takes part in the broadcasts.
  if (corner.x >= params.piece.lastRow) { return; }
  let at = corner + vec2u(0u, 4u * local);
  let outputs = fourOutputs(params.piece, at.y);
  let start = xStart(params.piece, at.x) + (lane & 7u);
  var sum = vec4f();
  for (var g = 0u; g < params.groupsPerRow; g++) {
    @if(!centred) let shifts = shiftsAt(outputs, g);
    let end = min((g + 1u) * params.group, params.columns);
    var part = vec4f();
    for (var k = g * params.group; k < end; k += 8u) {
      @if(centred) let w = octetOf(outputs, k);
      @else let w = shiftedOctet(octetOf(outputs, k), shifts);
      part += octetProduct(x[start + k], w);
    }
    sum += part * scalesAt(outputs, g);
  }
  storeRow(params.piece, at, sum);
}
