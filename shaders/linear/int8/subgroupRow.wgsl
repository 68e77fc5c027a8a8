// y = x · Wᵀ (+ b) with int8 weights and float32 rows, shapes in common.wgsl: one row × 4 outputs per thread, for few rows.
// Columns of x are loaded once per subgroup and broadcast. Needs what int8/subgroup needs.
import package::linear::octets::octetProduct;
import package::linear::tile::{tileCorner, fourOutputs, xStart, storeRow};
import package::linear::int8::common::{params, x, octetOf, stepsOf};
@if(outliers) import package::linear::int8::common::{outlierAt, outlierWeights4};
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
  for (var quad = 0u; quad < params.quadsPerRow; quad += 2u) {
    sum += octetProduct(x[start + 4u * quad], octetOf(outputs, quad));
  }
  sum *= stepsOf(outputs);
  @if(outliers) for (var j = 0u; j < params.outlierCount; j++) {
    sum += outlierAt(at.x, j) * outlierWeights4(outputs, j);
  }
  storeRow(params.piece, at, sum);
}
