// y = x · Wᵀ (+ b), shapes in common.wgsl: one row × 4 outputs per thread, for single rows where barriers are slow.
import package::linear::tile::{tileCorner, isOutside, fourOutputs, xStart, storeRow};
import package::linear::dense::common::{params, x, weight, stepsOfRow};

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 1u, 256u) + vec2u(0u, 4u * local.x);
  if (isOutside(params.piece, at)) { return; }
  let steps = stepsOfRow();
  let ws = fourOutputs(params.piece, at.y) * steps;
  let start = xStart(params.piece, at.x);
  var sum = vec4f();
  @if(vec4) for (var k = 0u; k < steps; k++) {
    let b0 = weight[ws.x + k];
    let b1 = weight[ws.y + k];
    let b2 = weight[ws.z + k];
    let b3 = weight[ws.w + k];
    let a = x[start + k];
    sum += vec4f(dot(a, b0), dot(a, b1), dot(a, b2), dot(a, b3));
  }
  @else for (var k = 0u; k < steps; k++) {
    sum += x[start + k] * vec4f(weight[ws.x + k], weight[ws.y + k], weight[ws.z + k], weight[ws.w + k]);
  }
  storeRow(params.piece, at, sum);
}
