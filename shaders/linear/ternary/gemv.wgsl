// y ← α · x · Wᵀ (+ b) + β · y with ternary weights, shapes in common.wgsl: up to 4 rows × 4 outputs per workgroup, where
// 16 threads share the words of an output and add their sums through workgroup memory. For decoding on hardware adapters.
import package::linear::lanes::sumOfLanes;
import package::linear::quads::{Totals, product};
import package::linear::tile::{tileCorner, fourRows, fourOutputs, xStarts, storeColumn};
import package::linear::ternary::common::{params, xQuad, codeWord, codeQuad, quadsOfUnit, scaleAt};
@if(int8) import package::linear::ternary::common::{excess, xScaleAt};

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
  var sums = vec4f();
  for (var u = local.x; u < params.units; u += 16u) {
    let word = codeWord(output * params.units + u);
    var part = Totals();
    @if(int8) { part = -Totals(excess(rows.x, u), excess(rows.y, u), excess(rows.z, u), excess(rows.w, u)); }
    for (var l = 0u; l < quadsOfUnit(); l++) {
      let w = codeQuad(word, l);
      let i = 4u * u + l;
      part += Totals(product(xQuad(xs.x + i), w), product(xQuad(xs.y + i), w), product(xQuad(xs.z + i), w), product(xQuad(xs.w + i), w));
    }
    var scaled = vec4f(part) * scaleAt(output, u);
    @if(int8) { scaled *= vec4f(xScaleAt(rows.x, u), xScaleAt(rows.y, u), xScaleAt(rows.z, u), xScaleAt(rows.w, u)); }
    sums += scaled;
  }
  let total = sumOfLanes(local, sums);
  if (local.x == 0u) { storeColumn(params.piece, at, total); }
}
