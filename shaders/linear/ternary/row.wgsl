// y ← α · x · Wᵀ (+ b) + β · y with ternary weights, shapes in common.wgsl: one row × 4 outputs per thread, for single rows
// where barriers are dear.
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

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let across = (params.lastOutput - params.firstOutput + 255u) / 256u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + tile / across;
  let output = params.firstOutput + (tile % across) * 256u + local * 4u;
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  let x0 = xStart(row);
  let n0 = clampOutput(output);
  let n1 = clampOutput(output + 1u);
  let n2 = clampOutput(output + 2u);
  let n3 = clampOutput(output + 3u);
  var sum = vec4f();
  for (var s = 0u; s < params.segments; s++) {
    let first = s * params.segmentUnits;
    let end = min(first + params.segmentUnits, params.units);
    var part = Totals();
    for (var u = first; u < end; u++) {
      let word0 = codeWord(n0 * params.units + u);
      let word1 = codeWord(n1 * params.units + u);
      let word2 = codeWord(n2 * params.units + u);
      let word3 = codeWord(n3 * params.units + u);
      @if(int8) { part -= Totals(excess(row, u)); }
      for (var l = 0u; l < 4u; l++) {
        let a = xQuad(x0 + 4u * u + l);
        part += Totals(
          product(a, codeQuad(word0, l)),
          product(a, codeQuad(word1, l)),
          product(a, codeQuad(word2, l)),
          product(a, codeQuad(word3, l)),
        );
      }
    }
    let scale = vec4f(scaleAt(n0, first), scaleAt(n1, first), scaleAt(n2, first), scaleAt(n3, first));
    @if(int8) { sum += vec4f(part) * (scale * xScaleAt(row, first)); }
    @else { sum += part * scale; }
  }
  storeRow(row, output, sum);
}
