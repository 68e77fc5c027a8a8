// y = x · Wᵀ (+ b), shapes in common.wgsl: a register tile of 4 rows × 4 outputs per thread, no workgroup memory.
import package::linear::tile::{tileCorner, isOutside, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::dense::common::{params, x, weight, stepsOfRow};

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 32u, 32u) + 4u * local.yx;
  if (isOutside(params.piece, at)) { return; }
  let steps = stepsOfRow();
  let ws = fourOutputs(params.piece, at.y) * steps;
  let xs = xStarts(params.piece, fourRows(params.piece, at.x));
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  @if(vec4) for (var k = 0u; k < steps; k++) {
    let b0 = weight[ws.x + k];
    let b1 = weight[ws.y + k];
    let b2 = weight[ws.z + k];
    let b3 = weight[ws.w + k];
    let a0 = x[xs.x + k];
    sum0 += vec4f(dot(a0, b0), dot(a0, b1), dot(a0, b2), dot(a0, b3));
    let a1 = x[xs.y + k];
    sum1 += vec4f(dot(a1, b0), dot(a1, b1), dot(a1, b2), dot(a1, b3));
    let a2 = x[xs.z + k];
    sum2 += vec4f(dot(a2, b0), dot(a2, b1), dot(a2, b2), dot(a2, b3));
    let a3 = x[xs.w + k];
    sum3 += vec4f(dot(a3, b0), dot(a3, b1), dot(a3, b2), dot(a3, b3));
  }
  @else for (var k = 0u; k < steps; k++) {
    let b = vec4f(weight[ws.x + k], weight[ws.y + k], weight[ws.z + k], weight[ws.w + k]);
    sum0 += x[xs.x + k] * b;
    sum1 += x[xs.y + k] * b;
    sum2 += x[xs.z + k] * b;
    sum3 += x[xs.w + k] * b;
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
}
