// y = x · Wᵀ (+ b) with int8 weights and float32 rows, shapes in common.wgsl: 8 rows × 4 outputs per thread. All threads of a
// workgroup use the same 8 rows, whose columns are loaded once per subgroup and broadcast. Needs subgroups of at least 8; rows
// of x are padded with zeros to multiples of 8 columns, so that the codes read with the last ones have no effect.
import package::linear::octets::octetProduct;
import package::linear::tile::{tileCorner, fourRows, fourOutputs, xStarts, storeTile};
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
  let corner = tileCorner(params.piece, group, groups, 8u, 64u);
  // No thread may return early: every lane takes part in the broadcasts.
  if (corner.x >= params.piece.lastRow) { return; }
  let at = corner + vec2u(0u, 4u * local);
  let outputs = fourOutputs(params.piece, at.y);
  let rows = fourRows(params.piece, at.x);
  let farRows = fourRows(params.piece, at.x + 4u);
  let xs = xStarts(params.piece, rows) + (lane & 7u);
  let far = xStarts(params.piece, farRows) + (lane & 7u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  for (var quad = 0u; quad < params.quadsPerRow; quad += 2u) {
    let w = octetOf(outputs, quad);
    let k = 4u * quad;
    sum0 += octetProduct(x[xs.x + k], w);
    sum1 += octetProduct(x[xs.y + k], w);
    sum2 += octetProduct(x[xs.z + k], w);
    sum3 += octetProduct(x[xs.w + k], w);
    sum4 += octetProduct(x[far.x + k], w);
    sum5 += octetProduct(x[far.y + k], w);
    sum6 += octetProduct(x[far.z + k], w);
    sum7 += octetProduct(x[far.w + k], w);
  }
  let outputSteps = stepsOf(outputs);
  sum0 *= outputSteps;
  sum1 *= outputSteps;
  sum2 *= outputSteps;
  sum3 *= outputSteps;
  sum4 *= outputSteps;
  sum5 *= outputSteps;
  sum6 *= outputSteps;
  sum7 *= outputSteps;
  @if(outliers) for (var j = 0u; j < params.outlierCount; j++) {
    let w = outlierWeights4(outputs, j);
    sum0 += outlierAt(rows.x, j) * w;
    sum1 += outlierAt(rows.y, j) * w;
    sum2 += outlierAt(rows.z, j) * w;
    sum3 += outlierAt(rows.w, j) * w;
    sum4 += outlierAt(farRows.x, j) * w;
    sum5 += outlierAt(farRows.y, j) * w;
    sum6 += outlierAt(farRows.z, j) * w;
    sum7 += outlierAt(farRows.w, j) * w;
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
  storeTile(params.piece, at + vec2u(4u, 0u), sum4, sum5, sum6, sum7);
}
