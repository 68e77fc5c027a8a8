// y = x · Wᵀ (+ b), shapes in common.wgsl: 8 rows × 4 outputs per thread. All threads of a workgroup use the same 8 rows, so
// lanes 0 … 3 of each subgroup load four columns of x and share them. That takes a third of the loads of a register tile, which
// limit software adapters. Needs subgroups of at least 4 and a K that is a multiple of 4 (conditions vec4 and scalarX).
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
  let corner = tileCorner(params.piece, group, groups, 8u, 64u);
  // No thread may return early: every lane takes part in the shuffles.
  if (corner.x >= params.piece.lastRow) { return; }
  let at = corner + vec2u(0u, 4u * local);
  let steps = stepsOfRow();
  let ws = fourOutputs(params.piece, at.y) * steps;
  let xs0 = xStarts(params.piece, fourRows(params.piece, at.x)) + (lane & 3u);
  let xs1 = xStarts(params.piece, fourRows(params.piece, at.x + 4u)) + (lane & 3u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
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
    sum0 = plusProducts(sum0, a0, w);
    sum1 = plusProducts(sum1, a1, w);
    sum2 = plusProducts(sum2, a2, w);
    sum3 = plusProducts(sum3, a3, w);
    sum4 = plusProducts(sum4, a4, w);
    sum5 = plusProducts(sum5, a5, w);
    sum6 = plusProducts(sum6, a6, w);
    sum7 = plusProducts(sum7, a7, w);
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
  storeTile(params.piece, at + vec2u(4u, 0u), sum4, sum5, sum6, sum7);
}
