// y = x · Wᵀ (+ b) with int8 weights, shapes in common.wgsl: one row × 4 outputs per thread, for single rows where barriers
// are slow.
import package::linear::quads::{Totals, product};
import package::linear::tile::{tileCorner, isOutside, fourOutputs, xStart, storeRow};
import package::linear::int8::common::{params, xQuad, codeQuad, rowStep, stepsOf};
@if(outliers) import package::linear::int8::common::{outlierAt, outlierWeights4};

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 1u, 256u) + vec2u(0u, 4u * local.x);
  if (isOutside(params.piece, at)) { return; }
  let outputs = fourOutputs(params.piece, at.y);
  let start = xStart(params.piece, at.x);
  let ws = outputs * params.quadsPerRow;
  var sums = Totals();
  for (var k = 0u; k < params.quadsPerRow; k++) {
    let a = xQuad(start + k);
    sums += Totals(product(a, codeQuad(ws.x + k)), product(a, codeQuad(ws.y + k)), product(a, codeQuad(ws.z + k)), product(a, codeQuad(ws.w + k)));
  }
  var outliers = vec4f();
  @if(outliers) for (var j = 0u; j < params.outlierCount; j++) {
    outliers += outlierAt(at.x, j) * outlierWeights4(outputs, j);
  }
  storeRow(params.piece, at, vec4f(sums) * rowStep(at.x) * stepsOf(outputs) + outliers);
}
