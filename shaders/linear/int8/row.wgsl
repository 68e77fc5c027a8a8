// y = x · Wᵀ (+ b) with int8 weights, shapes in common.wgsl: one row × 4 outputs per thread, for single rows where barriers
// are dear.
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

@compute @workgroup_size(64, 1)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 255u) / 256u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + tile / across;
  let output = params.firstOutput + (tile % across) * 256u + local.x * 4u;
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  let x0 = xStart(row);
  let n0 = codeStart(output);
  let n1 = codeStart(output + 1u);
  let n2 = codeStart(output + 2u);
  let n3 = codeStart(output + 3u);
  var sums = Totals();
  for (var k = 0u; k < params.quadsPerRow; k++) {
    let a = xQuad(x0 + k);
    sums += Totals(product(a, codeQuad(n0 + k)), product(a, codeQuad(n1 + k)), product(a, codeQuad(n2 + k)), product(a, codeQuad(n3 + k)));
  }
  var outliers = vec4f();
  @if(outliers) for (var j = 0u; j < params.outlierCount; j++) {
    outliers += outlierAt(row, j) * outlierWeights4(output, j);
  }
  storeRow(row, output, sums, outliers);
}
