// y = x · Wᵀ (+ b) with int8 weights, shapes in common.wgsl: up to 4 rows × 4 outputs per workgroup, where 16
// threads share the columns of an output and add their sums through workgroup memory. For decoding on hardware adapters.
@if(int8) import package::linear::lanes::integerSumOfLanes as sumOfLanes;
@else import package::linear::lanes::sumOfLanes;
import package::linear::quads::{Totals, product};
import package::linear::tile::{tileCorner, fourRows, fourOutputs, xStarts, storeColumn};
import package::linear::int8::common::{params, xQuad, codeQuad, rowStep, steps};
@if(outliers) import package::linear::int8::common::{outlierAt, outlierWeight};

@compute @workgroup_size(16, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let corner = tileCorner(params.piece, group, groups, 4u, 4u);
  if (corner.x >= params.piece.lastRow) { return; }
  let at = corner + vec2u(0u, local.y);
  let rows = fourRows(params.piece, at.x);
  let output = fourOutputs(params.piece, at.y).x;
  let xs = xStarts(params.piece, rows);
  let start = output * params.quadsPerRow;
  var sums = Totals();
  for (var k = local.x; k < params.quadsPerRow; k += 16u) {
    let w = codeQuad(start + k);
    sums += Totals(product(xQuad(xs.x + k), w), product(xQuad(xs.y + k), w), product(xQuad(xs.z + k), w), product(xQuad(xs.w + k), w));
  }
  let total = vec4f(sumOfLanes(local, sums));
  if (local.x > 0u) { return; }
  var outliers = vec4f();
  @if(outliers) for (var j = 0u; j < params.outlierCount; j++) {
    outliers += vec4f(outlierAt(rows.x, j), outlierAt(rows.y, j), outlierAt(rows.z, j), outlierAt(rows.w, j)) * outlierWeight(output, j);
  }
  let rowSteps = vec4f(rowStep(rows.x), rowStep(rows.y), rowStep(rows.z), rowStep(rows.w));
  storeColumn(params.piece, at, total * rowSteps * steps[output] + outliers);
}
