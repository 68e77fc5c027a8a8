// y = x · Wᵀ (+ b), shapes in common.wgsl: 16 rows × 4 outputs per thread, otherwise as subgroup.wgsl. Columns of W are loaded once
// for twice as many rows.
import package::linear::tile::{tileCorner, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::dense::common::{params, x, weight, stepsOfRow};
import package::linear::dense::quads::{columnsOf, plusProducts};
enable subgroups;

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let corner = tileCorner(params.piece, group, groups, 16u, 64u);
  // No thread may return early: every lane takes part in the shuffles.
  if (corner.x >= params.piece.lastRow) { return; }
  let at = corner + vec2u(0u, 4u * local);
  let steps = stepsOfRow();
  let ws = fourOutputs(params.piece, at.y) * steps;
  let xs0 = xStarts(params.piece, fourRows(params.piece, at.x)) + (lane & 3u);
  let xs1 = xStarts(params.piece, fourRows(params.piece, at.x + 4u)) + (lane & 3u);
  let xs2 = xStarts(params.piece, fourRows(params.piece, at.x + 8u)) + (lane & 3u);
  let xs3 = xStarts(params.piece, fourRows(params.piece, at.x + 12u)) + (lane & 3u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  var sum8 = vec4f();
  var sum9 = vec4f();
  var sum10 = vec4f();
  var sum11 = vec4f();
  var sum12 = vec4f();
  var sum13 = vec4f();
  var sum14 = vec4f();
  var sum15 = vec4f();
  for (var k = 0u; k < steps; k++) {
    let w = columnsOf(weight[ws.x + k], weight[ws.y + k], weight[ws.z + k], weight[ws.w + k]);
    let a0 = x[xs0.x + 4u * k];
    let a1 = x[xs0.y + 4u * k];
    let a2 = x[xs0.z + 4u * k];
    let a3 = x[xs0.w + 4u * k];
    let a4 = x[xs1.x + 4u * k];
    let a5 = x[xs1.y + 4u * k];
    let a6 = x[xs1.z + 4u * k];
    let a7 = x[xs1.w + 4u * k];
    let a8 = x[xs2.x + 4u * k];
    let a9 = x[xs2.y + 4u * k];
    let a10 = x[xs2.z + 4u * k];
    let a11 = x[xs2.w + 4u * k];
    let a12 = x[xs3.x + 4u * k];
    let a13 = x[xs3.y + 4u * k];
    let a14 = x[xs3.z + 4u * k];
    let a15 = x[xs3.w + 4u * k];
    sum0 = plusProducts(sum0, a0, w);
    sum1 = plusProducts(sum1, a1, w);
    sum2 = plusProducts(sum2, a2, w);
    sum3 = plusProducts(sum3, a3, w);
    sum4 = plusProducts(sum4, a4, w);
    sum5 = plusProducts(sum5, a5, w);
    sum6 = plusProducts(sum6, a6, w);
    sum7 = plusProducts(sum7, a7, w);
    sum8 = plusProducts(sum8, a8, w);
    sum9 = plusProducts(sum9, a9, w);
    sum10 = plusProducts(sum10, a10, w);
    sum11 = plusProducts(sum11, a11, w);
    sum12 = plusProducts(sum12, a12, w);
    sum13 = plusProducts(sum13, a13, w);
    sum14 = plusProducts(sum14, a14, w);
    sum15 = plusProducts(sum15, a15, w);
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
  storeTile(params.piece, at + vec2u(4u, 0u), sum4, sum5, sum6, sum7);
  storeTile(params.piece, at + vec2u(8u, 0u), sum8, sum9, sum10, sum11);
  storeTile(params.piece, at + vec2u(12u, 0u), sum12, sum13, sum14, sum15);
}
