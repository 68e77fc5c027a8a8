// y = x · Wᵀ (+ b), shapes in common.wgsl: a register tile of 8 rows × 4 outputs per thread, no workgroup memory.
import package::linear::tile::{tileCorner, isOutside, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::dense::common::{params, x, weight, stepsOfRow};

@compute @workgroup_size(8, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 32u, 32u) + vec2u(8u * local.y, 4u * local.x);
  if (isOutside(params.piece, at)) { return; }
  let steps = stepsOfRow();
  let ws = fourOutputs(params.piece, at.y) * steps;
  let xs = xStarts(params.piece, fourRows(params.piece, at.x));
  let far = xStarts(params.piece, fourRows(params.piece, at.x + 4u));
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
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
    let a4 = x[far.x + k];
    sum4 += vec4f(dot(a4, b0), dot(a4, b1), dot(a4, b2), dot(a4, b3));
    let a5 = x[far.y + k];
    sum5 += vec4f(dot(a5, b0), dot(a5, b1), dot(a5, b2), dot(a5, b3));
    let a6 = x[far.z + k];
    sum6 += vec4f(dot(a6, b0), dot(a6, b1), dot(a6, b2), dot(a6, b3));
    let a7 = x[far.w + k];
    sum7 += vec4f(dot(a7, b0), dot(a7, b1), dot(a7, b2), dot(a7, b3));
  }
  @else for (var k = 0u; k < steps; k++) {
    let b = vec4f(weight[ws.x + k], weight[ws.y + k], weight[ws.z + k], weight[ws.w + k]);
    sum0 += x[xs.x + k] * b;
    sum1 += x[xs.y + k] * b;
    sum2 += x[xs.z + k] * b;
    sum3 += x[xs.w + k] * b;
    sum4 += x[far.x + k] * b;
    sum5 += x[far.y + k] * b;
    sum6 += x[far.z + k] * b;
    sum7 += x[far.w + k] * b;
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
  storeTile(params.piece, at + vec2u(4u, 0u), sum4, sum5, sum6, sum7);
}
