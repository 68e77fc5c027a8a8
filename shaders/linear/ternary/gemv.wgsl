// y ← α · x · Wᵀ (+ b) + β · y with ternary weights, shapes in common.wgsl: up to 4 rows × 4 outputs per workgroup, 16
// threads share the words of one output, and add up through workgroup memory. For decoding on hardware adapters.
import package::common::grid::linearWorkgroup;
import package::linear::ternary::common::params;
import package::linear::ternary::common::Totals;
import package::linear::ternary::common::xStart;
import package::linear::ternary::common::clampOutput;
import package::linear::ternary::common::xQuad;
import package::linear::ternary::common::codeWord;
import package::linear::ternary::common::codeQuad;
import package::linear::ternary::common::quadsOfUnit;
import package::linear::ternary::common::product;
@if(int8) import package::linear::ternary::common::excess;
import package::linear::ternary::common::scaleAt;
@if(int8) import package::linear::ternary::common::xScaleAt;
import package::linear::ternary::common::store;

/// Partial sums of 4 rows: [output][lane]
var<workgroup> partial: array<vec4f, 64>;

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
  let n = clampOutput(output);
  var sums4 = vec4f();
  for (var u = local.x; u < params.units; u += 16u) {
    let word = codeWord(n * params.units + u);
    var part = Totals();
    @if(int8) { part = -Totals(excess(row, u), excess(row + 1u, u), excess(row + 2u, u), excess(row + 3u, u)); }
    for (var l = 0u; l < quadsOfUnit(); l++) {
      let w = codeQuad(word, l);
      let i = 4u * u + l;
      part += Totals(product(xQuad(x0 + i), w), product(xQuad(x1 + i), w), product(xQuad(x2 + i), w), product(xQuad(x3 + i), w));
    }
    var scaled = vec4f(part) * scaleAt(n, u);
    @if(int8) { scaled *= vec4f(xScaleAt(row, u), xScaleAt(row + 1u, u), xScaleAt(row + 2u, u), xScaleAt(row + 3u, u)); }
    sums4 += scaled;
  }
  let slot = local.y * 16u + local.x;
  partial[slot] = sums4;
  for (var width = 8u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local.x < width) { partial[slot] += partial[slot + width]; }
  }
  if (local.x > 0u) { return; }
  let total = partial[slot];
  store(row, output, total.x);
  store(row + 1u, output, total.y);
  store(row + 2u, output, total.z);
  store(row + 3u, output, total.w);
}
