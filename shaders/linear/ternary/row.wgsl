// y ← α · x · Wᵀ (+ b) + β · y with ternary weights, shapes in common.wgsl: one row × 4 outputs per thread, for single rows
// where barriers are slow.
import package::linear::quads::{Totals, product};
import package::linear::tile::{tileCorner, isOutside, fourOutputs, xStart, storeRow};
import package::linear::ternary::common::{params, xQuad, codeWord, codeQuad, scalesAt};
@if(int8) import package::linear::ternary::common::{excess, xScaleAt};

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
  let ws = outputs * params.units;
  var sum = vec4f();
  for (var s = 0u; s < params.segments; s++) {
    let first = s * params.segmentUnits;
    let end = min(first + params.segmentUnits, params.units);
    var part = Totals();
    for (var u = first; u < end; u++) {
      let word0 = codeWord(ws.x + u);
      let word1 = codeWord(ws.y + u);
      let word2 = codeWord(ws.z + u);
      let word3 = codeWord(ws.w + u);
      @if(int8) { part -= Totals(excess(at.x, u)); }
      for (var l = 0u; l < 4u; l++) {
        let a = xQuad(start + 4u * u + l);
        part += Totals(
          product(a, codeQuad(word0, l)),
          product(a, codeQuad(word1, l)),
          product(a, codeQuad(word2, l)),
          product(a, codeQuad(word3, l)),
        );
      }
    }
    let scaling = scalesAt(outputs, first);
    @if(int8) { sum += vec4f(part) * (scaling * xScaleAt(at.x, first)); }
    @else { sum += part * scaling; }
  }
  storeRow(params.piece, at, sum);
}
