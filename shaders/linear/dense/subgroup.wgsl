// y = x · Wᵀ (+ b), shapes in common.wgsl: 8 rows × 4 outputs per thread. The threads of a workgroup share their 8 rows, so
// lanes 0 … 3 of each subgroup fetch four columns of x and hand them round: a third of the loads of a register tile, which
// is what counts on software adapters. Needs subgroups of at least 4; K is a multiple of 4 (conditions vec4 and scalarX).
import package::common::grid::linearWorkgroup;
import package::linear::dense::common::params;
import package::linear::dense::common::x;
import package::linear::dense::common::weight;
import package::linear::dense::common::xStart;
import package::linear::dense::common::weightStart;
import package::linear::dense::common::storeRow;
enable subgroups;

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let across = (params.lastOutput - params.firstOutput + 63u) / 64u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 8u;
  let output = params.firstOutput + (tile % across) * 64u + local * 4u;
  // No early return by thread: every lane takes part in the hand-round.
  if (row >= params.lastRow) { return; }
  let x0 = xStart(row) + (lane & 3u);
  let x1 = xStart(row + 1u) + (lane & 3u);
  let x2 = xStart(row + 2u) + (lane & 3u);
  let x3 = xStart(row + 3u) + (lane & 3u);
  let x4 = xStart(row + 4u) + (lane & 3u);
  let x5 = xStart(row + 5u) + (lane & 3u);
  let x6 = xStart(row + 6u) + (lane & 3u);
  let x7 = xStart(row + 7u) + (lane & 3u);
  let w0 = weightStart(output);
  let w1 = weightStart(output + 1u);
  let w2 = weightStart(output + 2u);
  let w3 = weightStart(output + 3u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  let steps = params.columns / 4u;
  for (var k = 0u; k < steps; k++) {
    let b0 = weight[w0 + k];
    let b1 = weight[w1 + k];
    let b2 = weight[w2 + k];
    let b3 = weight[w3 + k];
    let column0 = vec4f(b0.x, b1.x, b2.x, b3.x);
    let column1 = vec4f(b0.y, b1.y, b2.y, b3.y);
    let column2 = vec4f(b0.z, b1.z, b2.z, b3.z);
    let column3 = vec4f(b0.w, b1.w, b2.w, b3.w);
    let a0 = x[x0 + 4u * k];
    sum0 += subgroupBroadcast(a0, 0u) * column0;
    sum0 += subgroupBroadcast(a0, 1u) * column1;
    sum0 += subgroupBroadcast(a0, 2u) * column2;
    sum0 += subgroupBroadcast(a0, 3u) * column3;
    let a1 = x[x1 + 4u * k];
    sum1 += subgroupBroadcast(a1, 0u) * column0;
    sum1 += subgroupBroadcast(a1, 1u) * column1;
    sum1 += subgroupBroadcast(a1, 2u) * column2;
    sum1 += subgroupBroadcast(a1, 3u) * column3;
    let a2 = x[x2 + 4u * k];
    sum2 += subgroupBroadcast(a2, 0u) * column0;
    sum2 += subgroupBroadcast(a2, 1u) * column1;
    sum2 += subgroupBroadcast(a2, 2u) * column2;
    sum2 += subgroupBroadcast(a2, 3u) * column3;
    let a3 = x[x3 + 4u * k];
    sum3 += subgroupBroadcast(a3, 0u) * column0;
    sum3 += subgroupBroadcast(a3, 1u) * column1;
    sum3 += subgroupBroadcast(a3, 2u) * column2;
    sum3 += subgroupBroadcast(a3, 3u) * column3;
    let a4 = x[x4 + 4u * k];
    sum4 += subgroupBroadcast(a4, 0u) * column0;
    sum4 += subgroupBroadcast(a4, 1u) * column1;
    sum4 += subgroupBroadcast(a4, 2u) * column2;
    sum4 += subgroupBroadcast(a4, 3u) * column3;
    let a5 = x[x5 + 4u * k];
    sum5 += subgroupBroadcast(a5, 0u) * column0;
    sum5 += subgroupBroadcast(a5, 1u) * column1;
    sum5 += subgroupBroadcast(a5, 2u) * column2;
    sum5 += subgroupBroadcast(a5, 3u) * column3;
    let a6 = x[x6 + 4u * k];
    sum6 += subgroupBroadcast(a6, 0u) * column0;
    sum6 += subgroupBroadcast(a6, 1u) * column1;
    sum6 += subgroupBroadcast(a6, 2u) * column2;
    sum6 += subgroupBroadcast(a6, 3u) * column3;
    let a7 = x[x7 + 4u * k];
    sum7 += subgroupBroadcast(a7, 0u) * column0;
    sum7 += subgroupBroadcast(a7, 1u) * column1;
    sum7 += subgroupBroadcast(a7, 2u) * column2;
    sum7 += subgroupBroadcast(a7, 3u) * column3;
  }
  storeRow(row, output, sum0);
  storeRow(row + 1u, output, sum1);
  storeRow(row + 2u, output, sum2);
  storeRow(row + 3u, output, sum3);
  storeRow(row + 4u, output, sum4);
  storeRow(row + 5u, output, sum5);
  storeRow(row + 6u, output, sum6);
  storeRow(row + 7u, output, sum7);
}
