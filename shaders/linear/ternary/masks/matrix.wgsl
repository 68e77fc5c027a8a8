// y ← α · A · Wᵀ + β · y with both sides ternary, shapes in common.wgsl: a register tile of 4 rows × 4 outputs per
// thread. Sums within a segment are integers.
import package::linear::tile::{tileCorner, isOutside, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::ternary::masks::common::{params, a, w, masked, aScaleAt, wScalesAt};

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 32u, 32u) + 4u * local.yx;
  if (isOutside(params.piece, at)) { return; }
  let rows = fourRows(params.piece, at.x);
  let outputs = fourOutputs(params.piece, at.y);
  let xs = xStarts(params.piece, rows);
  let ws = outputs * params.words;
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
      let q0 = w[ws.x + k];
      let q1 = w[ws.y + k];
      let q2 = w[ws.z + k];
      let q3 = w[ws.w + k];
      let p0 = a[xs.x + k];
      part0 += vec4i(masked(p0, q0), masked(p0, q1), masked(p0, q2), masked(p0, q3));
      let p1 = a[xs.y + k];
      part1 += vec4i(masked(p1, q0), masked(p1, q1), masked(p1, q2), masked(p1, q3));
      let p2 = a[xs.z + k];
      part2 += vec4i(masked(p2, q0), masked(p2, q1), masked(p2, q2), masked(p2, q3));
      let p3 = a[xs.w + k];
      part3 += vec4i(masked(p3, q0), masked(p3, q1), masked(p3, q2), masked(p3, q3));
    }
    let scaling = wScalesAt(outputs, first);
    sum0 += vec4f(part0) * (scaling * aScaleAt(rows.x, first));
    sum1 += vec4f(part1) * (scaling * aScaleAt(rows.y, first));
    sum2 += vec4f(part2) * (scaling * aScaleAt(rows.z, first));
    sum3 += vec4f(part3) * (scaling * aScaleAt(rows.w, first));
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
}
