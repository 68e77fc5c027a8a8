// y ← α · x · Wᵀ (+ b) + β · y with ternary weights, shapes in common.wgsl: a register tile of 8 rows × 4 outputs per thread.
// A word of 16 codes is loaded once for 8 rows; the sums of a segment are multiplied by their scales once.
import package::linear::quads::{Totals, product};
import package::linear::tile::{tileCorner, isOutside, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::ternary::common::{params, xQuad, codeWord, codeQuad, scalesAt};
@if(int8) import package::linear::ternary::common::{excess, xScaleAt};

@compute @workgroup_size(8, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 32u, 32u) + vec2u(8u * local.y, 4u * local.x);
  if (isOutside(params.piece, at)) { return; }
  let rows = fourRows(params.piece, at.x);
  let farRows = fourRows(params.piece, at.x + 4u);
  let outputs = fourOutputs(params.piece, at.y);
  let xs = xStarts(params.piece, rows);
  let far = xStarts(params.piece, farRows);
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
      let word0 = codeWord(outputs.x * params.units + u);
      let word1 = codeWord(outputs.y * params.units + u);
      let word2 = codeWord(outputs.z * params.units + u);
      let word3 = codeWord(outputs.w * params.units + u);
      @if(int8) {
        part0 -= Totals(excess(rows.x, u));
        part1 -= Totals(excess(rows.y, u));
        part2 -= Totals(excess(rows.z, u));
        part3 -= Totals(excess(rows.w, u));
        part4 -= Totals(excess(farRows.x, u));
        part5 -= Totals(excess(farRows.y, u));
        part6 -= Totals(excess(farRows.z, u));
        part7 -= Totals(excess(farRows.w, u));
      }
      for (var l = 0u; l < 4u; l++) {
        let w0 = codeQuad(word0, l);
        let w1 = codeQuad(word1, l);
        let w2 = codeQuad(word2, l);
        let w3 = codeQuad(word3, l);
        let i = 4u * u + l;
        let a0 = xQuad(xs.x + i);
        part0 += Totals(product(a0, w0), product(a0, w1), product(a0, w2), product(a0, w3));
        let a1 = xQuad(xs.y + i);
        part1 += Totals(product(a1, w0), product(a1, w1), product(a1, w2), product(a1, w3));
        let a2 = xQuad(xs.z + i);
        part2 += Totals(product(a2, w0), product(a2, w1), product(a2, w2), product(a2, w3));
        let a3 = xQuad(xs.w + i);
        part3 += Totals(product(a3, w0), product(a3, w1), product(a3, w2), product(a3, w3));
        let a4 = xQuad(far.x + i);
        part4 += Totals(product(a4, w0), product(a4, w1), product(a4, w2), product(a4, w3));
        let a5 = xQuad(far.y + i);
        part5 += Totals(product(a5, w0), product(a5, w1), product(a5, w2), product(a5, w3));
        let a6 = xQuad(far.z + i);
        part6 += Totals(product(a6, w0), product(a6, w1), product(a6, w2), product(a6, w3));
        let a7 = xQuad(far.w + i);
        part7 += Totals(product(a7, w0), product(a7, w1), product(a7, w2), product(a7, w3));
      }
    }
    let scaling = scalesAt(outputs, first);
    @if(int8) {
      sum0 += vec4f(part0) * (scaling * xScaleAt(rows.x, first));
      sum1 += vec4f(part1) * (scaling * xScaleAt(rows.y, first));
      sum2 += vec4f(part2) * (scaling * xScaleAt(rows.z, first));
      sum3 += vec4f(part3) * (scaling * xScaleAt(rows.w, first));
      sum4 += vec4f(part4) * (scaling * xScaleAt(farRows.x, first));
      sum5 += vec4f(part5) * (scaling * xScaleAt(farRows.y, first));
      sum6 += vec4f(part6) * (scaling * xScaleAt(farRows.z, first));
      sum7 += vec4f(part7) * (scaling * xScaleAt(farRows.w, first));
    }
    @else {
      sum0 += part0 * scaling;
      sum1 += part1 * scaling;
      sum2 += part2 * scaling;
      sum3 += part3 * scaling;
      sum4 += part4 * scaling;
      sum5 += part5 * scaling;
      sum6 += part6 * scaling;
      sum7 += part7 * scaling;
    }
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
  storeTile(params.piece, at + vec2u(4u, 0u), sum4, sum5, sum6, sum7);
}
