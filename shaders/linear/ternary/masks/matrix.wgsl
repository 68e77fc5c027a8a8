// y ← α · A · Wᵀ + β · y with both sides ternary, shapes in common.wgsl: register tile of 4 rows × 4 outputs per
// thread. Sums within a segment are integers.
import package::common::grid::linearWorkgroup;
import package::linear::ternary::masks::common::params;
import package::linear::ternary::masks::common::aStart;
import package::linear::ternary::masks::common::wStart;
import package::linear::ternary::masks::common::aWord;
import package::linear::ternary::masks::common::wWord;
import package::linear::ternary::masks::common::masked;
import package::linear::ternary::masks::common::aScaleAt;
import package::linear::ternary::masks::common::wScaleAt;
import package::linear::ternary::masks::common::storeRow;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 31u) / 32u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 32u + local.y * 4u;
  let output = params.firstOutput + (tile % across) * 32u + local.x * 4u;
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  let a0 = aStart(row);
  let a1 = aStart(row + 1u);
  let a2 = aStart(row + 2u);
  let a3 = aStart(row + 3u);
  let w0 = wStart(output);
  let w1 = wStart(output + 1u);
  let w2 = wStart(output + 2u);
  let w3 = wStart(output + 3u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var s = 0u; s < params.segments; s++) {
    let first = s * params.segmentWords;
    let end = min(first + params.segmentWords, params.words);
    var part0 = vec4i();
    var part1 = vec4i();
    var part2 = vec4i();
    var part3 = vec4i();
    for (var k = first; k < end; k++) {
      let q0 = wWord(w0 + k);
      let q1 = wWord(w1 + k);
      let q2 = wWord(w2 + k);
      let q3 = wWord(w3 + k);
      let p0 = aWord(a0 + k);
      part0 += vec4i(masked(p0, q0), masked(p0, q1), masked(p0, q2), masked(p0, q3));
      let p1 = aWord(a1 + k);
      part1 += vec4i(masked(p1, q0), masked(p1, q1), masked(p1, q2), masked(p1, q3));
      let p2 = aWord(a2 + k);
      part2 += vec4i(masked(p2, q0), masked(p2, q1), masked(p2, q2), masked(p2, q3));
      let p3 = aWord(a3 + k);
      part3 += vec4i(masked(p3, q0), masked(p3, q1), masked(p3, q2), masked(p3, q3));
    }
    let scale = vec4f(wScaleAt(output, first), wScaleAt(output + 1u, first), wScaleAt(output + 2u, first), wScaleAt(output + 3u, first));
    sum0 += vec4f(part0) * (scale * aScaleAt(row, first));
    sum1 += vec4f(part1) * (scale * aScaleAt(row + 1u, first));
    sum2 += vec4f(part2) * (scale * aScaleAt(row + 2u, first));
    sum3 += vec4f(part3) * (scale * aScaleAt(row + 3u, first));
  }
  storeRow(row, output, sum0);
  storeRow(row + 1u, output, sum1);
  storeRow(row + 2u, output, sum2);
  storeRow(row + 3u, output, sum3);
}
