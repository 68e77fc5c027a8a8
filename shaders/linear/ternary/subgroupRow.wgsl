// y ← α · x · Wᵀ (+ b) + β · y with ternary weights and float32 rows, shapes in common.wgsl: one row × 4 outputs per thread,
// for few rows. Columns of x are loaded once per subgroup and broadcast. Needs subgroups of at least 8.
import package::linear::octets::octetProduct;
import package::linear::tile::{tileCorner, fourOutputs, xStart, storeRow};
import package::linear::ternary::common::{params, x, codeWords, octetOf, octetsOfUnit, scalesAt};
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
  for (var s = 0u; s < params.segments; s++) {
    let first = s * params.segmentUnits;
    let end = min(first + params.segmentUnits, params.units);
    var part = vec4f();
    for (var u = first; u < end; u++) {
      let words = codeWords(outputs, u);
      for (var half = 0u; half < octetsOfUnit(); half++) {
        part += octetProduct(x[start + 16u * u + 8u * half], octetOf(words, half));
      }
    }
    sum += part * scalesAt(outputs, first);
  }
  storeRow(params.piece, at, sum);
}
