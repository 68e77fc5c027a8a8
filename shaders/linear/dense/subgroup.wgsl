// y = x · Wᵀ (+ b), shapes in common.wgsl: 8 rows × 4 outputs per thread. All threads of a workgroup use the same 8 rows, so
// lanes 0 … 3 of each subgroup load four columns of x and broadcast them. That takes a third of the loads of a register tile,
// which limit software adapters. Needs subgroups of at least 4 and a K that is a multiple of 4 (conditions vec4 and scalarX).
import package::linear::tile::{tileCorner, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::dense::common::{params, x, weight, stepsOfRow};
enable subgroups;

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let corner = tileCorner(params.piece, group, groups, 8u, 64u);
  // No thread may return early: every lane takes part in the broadcasts.
  if (corner.x >= params.piece.lastRow) { return; }
  let at = corner + vec2u(0u, 4u * local);
  let steps = stepsOfRow();
  let ws = fourOutputs(params.piece, at.y) * steps;
  let xs = xStarts(params.piece, fourRows(params.piece, at.x)) + (lane & 3u);
  let far = xStarts(params.piece, fourRows(params.piece, at.x + 4u)) + (lane & 3u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  for (var k = 0u; k < steps; k++) {
    let b0 = weight[ws.x + k];
    let b1 = weight[ws.y + k];
    let b2 = weight[ws.z + k];
    let b3 = weight[ws.w + k];
    let column0 = vec4f(b0.x, b1.x, b2.x, b3.x);
    let column1 = vec4f(b0.y, b1.y, b2.y, b3.y);
    let column2 = vec4f(b0.z, b1.z, b2.z, b3.z);
    let column3 = vec4f(b0.w, b1.w, b2.w, b3.w);
    let a0 = x[xs.x + 4u * k];
    sum0 += subgroupBroadcast(a0, 0u) * column0;
    sum0 += subgroupBroadcast(a0, 1u) * column1;
    sum0 += subgroupBroadcast(a0, 2u) * column2;
    sum0 += subgroupBroadcast(a0, 3u) * column3;
    let a1 = x[xs.y + 4u * k];
    sum1 += subgroupBroadcast(a1, 0u) * column0;
    sum1 += subgroupBroadcast(a1, 1u) * column1;
    sum1 += subgroupBroadcast(a1, 2u) * column2;
    sum1 += subgroupBroadcast(a1, 3u) * column3;
    let a2 = x[xs.z + 4u * k];
    sum2 += subgroupBroadcast(a2, 0u) * column0;
    sum2 += subgroupBroadcast(a2, 1u) * column1;
    sum2 += subgroupBroadcast(a2, 2u) * column2;
    sum2 += subgroupBroadcast(a2, 3u) * column3;
    let a3 = x[xs.w + 4u * k];
    sum3 += subgroupBroadcast(a3, 0u) * column0;
    sum3 += subgroupBroadcast(a3, 1u) * column1;
    sum3 += subgroupBroadcast(a3, 2u) * column2;
    sum3 += subgroupBroadcast(a3, 3u) * column3;
    let a4 = x[far.x + 4u * k];
    sum4 += subgroupBroadcast(a4, 0u) * column0;
    sum4 += subgroupBroadcast(a4, 1u) * column1;
    sum4 += subgroupBroadcast(a4, 2u) * column2;
    sum4 += subgroupBroadcast(a4, 3u) * column3;
    let a5 = x[far.y + 4u * k];
    sum5 += subgroupBroadcast(a5, 0u) * column0;
    sum5 += subgroupBroadcast(a5, 1u) * column1;
    sum5 += subgroupBroadcast(a5, 2u) * column2;
    sum5 += subgroupBroadcast(a5, 3u) * column3;
    let a6 = x[far.z + 4u * k];
    sum6 += subgroupBroadcast(a6, 0u) * column0;
    sum6 += subgroupBroadcast(a6, 1u) * column1;
    sum6 += subgroupBroadcast(a6, 2u) * column2;
    sum6 += subgroupBroadcast(a6, 3u) * column3;
    let a7 = x[far.w + 4u * k];
    sum7 += subgroupBroadcast(a7, 0u) * column0;
    sum7 += subgroupBroadcast(a7, 1u) * column1;
    sum7 += subgroupBroadcast(a7, 2u) * column2;
    sum7 += subgroupBroadcast(a7, 3u) * column3;
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
  storeTile(params.piece, at + vec2u(4u, 0u), sum4, sum5, sum6, sum7);
}
