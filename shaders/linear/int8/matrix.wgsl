// y = x · Wᵀ (+ b) with int8 weights, shapes in common.wgsl: register tile of 4 rows × 4 outputs per thread.
import package::common::grid::linearWorkgroup;
import package::linear::int8::common::params;
import package::linear::int8::common::Totals;
import package::linear::int8::common::xStart;
import package::linear::int8::common::codeStart;
import package::linear::int8::common::xQuad;
import package::linear::int8::common::codeQuad;
import package::linear::int8::common::product;
@if(outliers) import package::linear::int8::common::outlierWeights4;
@if(outliers) import package::linear::int8::common::outlierAt;
import package::linear::int8::common::storeRow;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 31u) / 32u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 32u + local.y * 4u;
  let output = params.firstOutput + (tile % across) * 32u + local.x * 4u;
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  let x0 = xStart(row);
  let x1 = xStart(row + 1u);
  let x2 = xStart(row + 2u);
  let x3 = xStart(row + 3u);
  let n0 = codeStart(output);
  let n1 = codeStart(output + 1u);
  let n2 = codeStart(output + 2u);
  let n3 = codeStart(output + 3u);
  var sum0 = Totals();
  var sum1 = Totals();
  var sum2 = Totals();
  var sum3 = Totals();
  for (var k = 0u; k < params.quadsPerRow; k++) {
    let w0 = codeQuad(n0 + k);
    let w1 = codeQuad(n1 + k);
    let w2 = codeQuad(n2 + k);
    let w3 = codeQuad(n3 + k);
    let a0 = xQuad(x0 + k);
    sum0 += Totals(product(a0, w0), product(a0, w1), product(a0, w2), product(a0, w3));
    let a1 = xQuad(x1 + k);
    sum1 += Totals(product(a1, w0), product(a1, w1), product(a1, w2), product(a1, w3));
    let a2 = xQuad(x2 + k);
    sum2 += Totals(product(a2, w0), product(a2, w1), product(a2, w2), product(a2, w3));
    let a3 = xQuad(x3 + k);
    sum3 += Totals(product(a3, w0), product(a3, w1), product(a3, w2), product(a3, w3));
  }
  var outlier0 = vec4f();
  var outlier1 = vec4f();
  var outlier2 = vec4f();
  var outlier3 = vec4f();
  @if(outliers) for (var j = 0u; j < params.outlierCount; j++) {
    let w = outlierWeights4(output, j);
    outlier0 += outlierAt(row, j) * w;
    outlier1 += outlierAt(row + 1u, j) * w;
    outlier2 += outlierAt(row + 2u, j) * w;
    outlier3 += outlierAt(row + 3u, j) * w;
  }
  storeRow(row, output, sum0, outlier0);
  storeRow(row + 1u, output, sum1, outlier1);
  storeRow(row + 2u, output, sum2, outlier2);
  storeRow(row + 3u, output, sum3, outlier3);
}
