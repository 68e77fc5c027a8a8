// y ← α · A · Wᵀ + β · y with both sides ternary, shapes in common.wgsl: one row × 4 outputs per thread, for few rows.
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
  let a0 = aStart(row);
  let w0 = wStart(output);
  let w1 = wStart(output + 1u);
  let w2 = wStart(output + 2u);
  let w3 = wStart(output + 3u);
  var sum = vec4f();
  for (var s = 0u; s < params.segments; s++) {
    let first = s * params.segmentWords;
    let end = min(first + params.segmentWords, params.words);
    var part = vec4i();
    for (var k = first; k < end; k++) {
      let p = aWord(a0 + k);
      part += vec4i(
        masked(p, wWord(w0 + k)),
        masked(p, wWord(w1 + k)),
        masked(p, wWord(w2 + k)),
        masked(p, wWord(w3 + k)),
      );
    }
    let scale = vec4f(wScaleAt(output, first), wScaleAt(output + 1u, first), wScaleAt(output + 2u, first), wScaleAt(output + 3u, first));
    sum += vec4f(part) * (scale * aScaleAt(row, first));
  }
  storeRow(row, output, sum);
}
