// y = x · Wᵀ (+ b) with int8 weights, shapes in common.wgsl: up to 4 rows × 4 outputs per workgroup, 16 threads share the
// columns of one output, and add up through workgroup memory. For decoding on hardware adapters.
import package::common::grid::linearWorkgroup;
import package::linear::int8::common::params;
import package::linear::int8::common::Totals;
import package::linear::int8::common::xStart;
import package::linear::int8::common::codeStart;
import package::linear::int8::common::xQuad;
import package::linear::int8::common::codeQuad;
import package::linear::int8::common::product;
@if(outliers) import package::linear::int8::common::outlierWeight;
@if(outliers) import package::linear::int8::common::outlierAt;
import package::linear::int8::common::store;

/// Partial sums of 4 rows: [output][lane]
var<workgroup> partial: array<Totals, 64>;

@compute @workgroup_size(16, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 3u) / 4u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 4u;
  let output = params.firstOutput + (tile % across) * 4u + local.y;
  if (row >= params.lastRow) { return; }
  let x0 = xStart(row);
  let x1 = xStart(row + 1u);
  let x2 = xStart(row + 2u);
  let x3 = xStart(row + 3u);
  let n = codeStart(output);
  var sums = Totals();
  for (var k = local.x; k < params.quadsPerRow; k += 16u) {
    let w = codeQuad(n + k);
    sums += Totals(product(xQuad(x0 + k), w), product(xQuad(x1 + k), w), product(xQuad(x2 + k), w), product(xQuad(x3 + k), w));
  }
  let slot = local.y * 16u + local.x;
  partial[slot] = sums;
  for (var width = 8u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local.x < width) { partial[slot] += partial[slot + width]; }
  }
  if (local.x > 0u) { return; }
  let total = partial[slot];
  var outliers = vec4f();
  @if(outliers) for (var j = 0u; j < params.outlierCount; j++) {
    outliers += vec4f(outlierAt(row, j), outlierAt(row + 1u, j), outlierAt(row + 2u, j), outlierAt(row + 3u, j)) * outlierWeight(output, j);
  }
  store(row, output, total.x, outliers.x);
  store(row + 1u, output, total.y, outliers.y);
  store(row + 2u, output, total.z, outliers.z);
  store(row + 3u, output, total.w, outliers.w);
}
