// y ← α · A · Wᵀ + β · y with both sides ternary, shapes in common.wgsl: one row × 4 outputs per thread, for few rows.
import package::linear::tile::{tileCorner, isOutside, fourOutputs, xStart, storeRow};
import package::linear::ternary::masks::common::{params, a, w, masked, aScaleAt, wScalesAt};

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
  let ws = outputs * params.words;
  var sum = vec4f();
  for (var s = 0u; s < params.segments; s++) {
    let first = s * params.segmentWords;
    let end = min(first + params.segmentWords, params.words);
    var part = vec4i();
    for (var k = first; k < end; k++) {
      let p = a[start + k];
      part += vec4i(masked(p, w[ws.x + k]), masked(p, w[ws.y + k]), masked(p, w[ws.z + k]), masked(p, w[ws.w + k]));
    }
    sum += vec4f(part) * (wScalesAt(outputs, first) * aScaleAt(at.x, first));
  }
  storeRow(params.piece, at, sum);
}
