// y = x · Wᵀ (+ b) with int8 weights, shapes in common.wgsl: a register tile of 4 rows × 4 outputs per thread.
import package::linear::quads::{Totals, product};
import package::linear::tile::{tileCorner, isOutside, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::int8::common::{params, xQuad, codeQuad, rowStep, stepsOf};
@if(outliers) import package::linear::int8::common::{outlierAt, outlierWeights4};

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 32u, 32u) + 4u * local.yx;
  if (isOutside(params.piece, at)) { return; }
  let rows = fourRows(params.piece, at.x);
  let outputs = fourOutputs(params.piece, at.y);
  let xs = xStarts(params.piece, rows);
  let ws = outputs * params.quadsPerRow;
  var sum0 = Totals();
  var sum1 = Totals();
  var sum2 = Totals();
  var sum3 = Totals();
  for (var k = 0u; k < params.quadsPerRow; k++) {
    let w0 = codeQuad(ws.x + k);
    let w1 = codeQuad(ws.y + k);
    let w2 = codeQuad(ws.z + k);
    let w3 = codeQuad(ws.w + k);
    let a0 = xQuad(xs.x + k);
    sum0 += Totals(product(a0, w0), product(a0, w1), product(a0, w2), product(a0, w3));
    let a1 = xQuad(xs.y + k);
    sum1 += Totals(product(a1, w0), product(a1, w1), product(a1, w2), product(a1, w3));
    let a2 = xQuad(xs.z + k);
    sum2 += Totals(product(a2, w0), product(a2, w1), product(a2, w2), product(a2, w3));
    let a3 = xQuad(xs.w + k);
    sum3 += Totals(product(a3, w0), product(a3, w1), product(a3, w2), product(a3, w3));
  }
  var outlier0 = vec4f();
  var outlier1 = vec4f();
  var outlier2 = vec4f();
  var outlier3 = vec4f();
  @if(outliers) for (var j = 0u; j < params.outlierCount; j++) {
    let w = outlierWeights4(outputs, j);
    outlier0 += outlierAt(rows.x, j) * w;
    outlier1 += outlierAt(rows.y, j) * w;
    outlier2 += outlierAt(rows.z, j) * w;
    outlier3 += outlierAt(rows.w, j) * w;
  }
  let outputSteps = stepsOf(outputs);
  storeTile(
    params.piece,
    at,
    vec4f(sum0) * rowStep(rows.x) * outputSteps + outlier0,
    vec4f(sum1) * rowStep(rows.y) * outputSteps + outlier1,
    vec4f(sum2) * rowStep(rows.z) * outputSteps + outlier2,
    vec4f(sum3) * rowStep(rows.w) * outputSteps + outlier3,
  );
}
