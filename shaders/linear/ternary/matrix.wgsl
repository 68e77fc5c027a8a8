// y ← α · x · Wᵀ (+ b) + β · y with ternary weights, shapes in common.wgsl: register tile of 8 rows × 4 outputs per thread. A
// word of 16 codes is loaded once and its quads meet 8 rows; each segment meets its scales once.
import package::common::grid::linearWorkgroup;
import package::linear::ternary::common::params;
import package::linear::ternary::common::Totals;
import package::linear::ternary::common::xStart;
import package::linear::ternary::common::clampOutput;
import package::linear::ternary::common::xQuad;
import package::linear::ternary::common::codeWord;
import package::linear::ternary::common::codeQuad;
import package::linear::ternary::common::product;
@if(int8) import package::linear::ternary::common::excess;
import package::linear::ternary::common::scaleAt;
@if(int8) import package::linear::ternary::common::xScaleAt;
import package::linear::ternary::common::storeRow;

@compute @workgroup_size(8, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 31u) / 32u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 32u + local.y * 8u;
  let output = params.firstOutput + (tile % across) * 32u + local.x * 4u;
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  let x0 = xStart(row);
  let x1 = xStart(row + 1u);
  let x2 = xStart(row + 2u);
  let x3 = xStart(row + 3u);
  let x4 = xStart(row + 4u);
  let x5 = xStart(row + 5u);
  let x6 = xStart(row + 6u);
  let x7 = xStart(row + 7u);
  let n0 = clampOutput(output);
  let n1 = clampOutput(output + 1u);
  let n2 = clampOutput(output + 2u);
  let n3 = clampOutput(output + 3u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  for (var s = 0u; s < params.segments; s++) {
    let first = s * params.segmentUnits;
    let end = min(first + params.segmentUnits, params.units);
    var part0 = Totals();
    var part1 = Totals();
    var part2 = Totals();
    var part3 = Totals();
    var part4 = Totals();
    var part5 = Totals();
    var part6 = Totals();
    var part7 = Totals();
    for (var u = first; u < end; u++) {
      let word0 = codeWord(n0 * params.units + u);
      let word1 = codeWord(n1 * params.units + u);
      let word2 = codeWord(n2 * params.units + u);
      let word3 = codeWord(n3 * params.units + u);
      @if(int8) {
        part0 -= Totals(excess(row, u));
        part1 -= Totals(excess(row + 1u, u));
        part2 -= Totals(excess(row + 2u, u));
        part3 -= Totals(excess(row + 3u, u));
        part4 -= Totals(excess(row + 4u, u));
        part5 -= Totals(excess(row + 5u, u));
        part6 -= Totals(excess(row + 6u, u));
        part7 -= Totals(excess(row + 7u, u));
      }
      for (var l = 0u; l < 4u; l++) {
        let w0 = codeQuad(word0, l);
        let w1 = codeQuad(word1, l);
        let w2 = codeQuad(word2, l);
        let w3 = codeQuad(word3, l);
        let i = 4u * u + l;
        let a0 = xQuad(x0 + i);
        part0 += Totals(product(a0, w0), product(a0, w1), product(a0, w2), product(a0, w3));
        let a1 = xQuad(x1 + i);
        part1 += Totals(product(a1, w0), product(a1, w1), product(a1, w2), product(a1, w3));
        let a2 = xQuad(x2 + i);
        part2 += Totals(product(a2, w0), product(a2, w1), product(a2, w2), product(a2, w3));
        let a3 = xQuad(x3 + i);
        part3 += Totals(product(a3, w0), product(a3, w1), product(a3, w2), product(a3, w3));
        let a4 = xQuad(x4 + i);
        part4 += Totals(product(a4, w0), product(a4, w1), product(a4, w2), product(a4, w3));
        let a5 = xQuad(x5 + i);
        part5 += Totals(product(a5, w0), product(a5, w1), product(a5, w2), product(a5, w3));
        let a6 = xQuad(x6 + i);
        part6 += Totals(product(a6, w0), product(a6, w1), product(a6, w2), product(a6, w3));
        let a7 = xQuad(x7 + i);
        part7 += Totals(product(a7, w0), product(a7, w1), product(a7, w2), product(a7, w3));
      }
    }
    let scale = vec4f(scaleAt(n0, first), scaleAt(n1, first), scaleAt(n2, first), scaleAt(n3, first));
    @if(int8) {
      sum0 += vec4f(part0) * (scale * xScaleAt(row, first));
      sum1 += vec4f(part1) * (scale * xScaleAt(row + 1u, first));
      sum2 += vec4f(part2) * (scale * xScaleAt(row + 2u, first));
      sum3 += vec4f(part3) * (scale * xScaleAt(row + 3u, first));
      sum4 += vec4f(part4) * (scale * xScaleAt(row + 4u, first));
      sum5 += vec4f(part5) * (scale * xScaleAt(row + 5u, first));
      sum6 += vec4f(part6) * (scale * xScaleAt(row + 6u, first));
      sum7 += vec4f(part7) * (scale * xScaleAt(row + 7u, first));
    }
    @else {
      sum0 += part0 * scale;
      sum1 += part1 * scale;
      sum2 += part2 * scale;
      sum3 += part3 * scale;
      sum4 += part4 * scale;
      sum5 += part5 * scale;
      sum6 += part6 * scale;
      sum7 += part7 * scale;
    }
  }
  storeRow(row, output, sum0);
  storeRow(row + 1u, output, sum1);
  storeRow(row + 2u, output, sum2);
  storeRow(row + 3u, output, sum3);
  storeRow(row + 4u, output, sum4);
  storeRow(row + 5u, output, sum5);
  storeRow(row + 6u, output, sum6);
  storeRow(row + 7u, output, sum7);
}
