// C += A · B, shapes in productCommon: 8 rows × 4 columns per thread. The threads of a workgroup share their 8 rows, so
// lanes 0 … 3 of each subgroup fetch four values of A and hand them round, as linear/denseSubgroup does. Needs subgroups
// of at least 4, B read as vec4, and, for A stored [I, P], a multiple of 4 terms.
import package::common::grid::linearWorkgroup;
import package::train::productCommon::params;
import package::train::productCommon::a;
import package::train::productCommon::aStart;
import package::train::productCommon::aStep;
import package::train::productCommon::bStart;
import package::train::productCommon::bStep;
import package::train::productCommon::bQuad;
import package::train::productCommon::addRow;
enable subgroups;

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let across = (params.columns + 63u) / 64u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 8u;
  let column = (tile % across) * 64u + local * 4u;
  // No early return by thread: every lane takes part in the hand-round.
  if (row >= params.lastRow) { return; }
  let b0 = bStart(column);
  let across1 = aStep();
  let down1 = bStep();
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  // Stored [P, I], the 8 values of one term lie side by side: lane l fetches those of rows l and l + 4.
  @if(transposed) let near = aStart(row + (lane & 3u));
  @if(transposed) let far = aStart(row + 4u + (lane & 3u));
  @if(transposed) for (var p = params.firstStep; p < params.lastStep; p++) {
    let quad = bQuad(b0 + p * down1, column);
    let low = a[near + p * across1];
    let high = a[far + p * across1];
    sum0 += subgroupBroadcast(low, 0u) * quad;
    sum1 += subgroupBroadcast(low, 1u) * quad;
    sum2 += subgroupBroadcast(low, 2u) * quad;
    sum3 += subgroupBroadcast(low, 3u) * quad;
    sum4 += subgroupBroadcast(high, 0u) * quad;
    sum5 += subgroupBroadcast(high, 1u) * quad;
    sum6 += subgroupBroadcast(high, 2u) * quad;
    sum7 += subgroupBroadcast(high, 3u) * quad;
  }
  // Stored [I, P], four terms of one row lie side by side: lane l fetches term p + l of each row.
  @if(!transposed) let a0 = aStart(row);
  @if(!transposed) let a1 = aStart(row + 1u);
  @if(!transposed) let a2 = aStart(row + 2u);
  @if(!transposed) let a3 = aStart(row + 3u);
  @if(!transposed) let a4 = aStart(row + 4u);
  @if(!transposed) let a5 = aStart(row + 5u);
  @if(!transposed) let a6 = aStart(row + 6u);
  @if(!transposed) let a7 = aStart(row + 7u);
  @if(!transposed) for (var p = params.firstStep; p < params.lastStep; p += 4u) {
    let at = b0 + p * down1;
    let quad0 = bQuad(at, column);
    let quad1 = bQuad(at + down1, column);
    let quad2 = bQuad(at + 2u * down1, column);
    let quad3 = bQuad(at + 3u * down1, column);
    let mine = p + (lane & 3u);
    let v0 = a[a0 + mine];
    sum0 += subgroupBroadcast(v0, 0u) * quad0;
    sum0 += subgroupBroadcast(v0, 1u) * quad1;
    sum0 += subgroupBroadcast(v0, 2u) * quad2;
    sum0 += subgroupBroadcast(v0, 3u) * quad3;
    let v1 = a[a1 + mine];
    sum1 += subgroupBroadcast(v1, 0u) * quad0;
    sum1 += subgroupBroadcast(v1, 1u) * quad1;
    sum1 += subgroupBroadcast(v1, 2u) * quad2;
    sum1 += subgroupBroadcast(v1, 3u) * quad3;
    let v2 = a[a2 + mine];
    sum2 += subgroupBroadcast(v2, 0u) * quad0;
    sum2 += subgroupBroadcast(v2, 1u) * quad1;
    sum2 += subgroupBroadcast(v2, 2u) * quad2;
    sum2 += subgroupBroadcast(v2, 3u) * quad3;
    let v3 = a[a3 + mine];
    sum3 += subgroupBroadcast(v3, 0u) * quad0;
    sum3 += subgroupBroadcast(v3, 1u) * quad1;
    sum3 += subgroupBroadcast(v3, 2u) * quad2;
    sum3 += subgroupBroadcast(v3, 3u) * quad3;
    let v4 = a[a4 + mine];
    sum4 += subgroupBroadcast(v4, 0u) * quad0;
    sum4 += subgroupBroadcast(v4, 1u) * quad1;
    sum4 += subgroupBroadcast(v4, 2u) * quad2;
    sum4 += subgroupBroadcast(v4, 3u) * quad3;
    let v5 = a[a5 + mine];
    sum5 += subgroupBroadcast(v5, 0u) * quad0;
    sum5 += subgroupBroadcast(v5, 1u) * quad1;
    sum5 += subgroupBroadcast(v5, 2u) * quad2;
    sum5 += subgroupBroadcast(v5, 3u) * quad3;
    let v6 = a[a6 + mine];
    sum6 += subgroupBroadcast(v6, 0u) * quad0;
    sum6 += subgroupBroadcast(v6, 1u) * quad1;
    sum6 += subgroupBroadcast(v6, 2u) * quad2;
    sum6 += subgroupBroadcast(v6, 3u) * quad3;
    let v7 = a[a7 + mine];
    sum7 += subgroupBroadcast(v7, 0u) * quad0;
    sum7 += subgroupBroadcast(v7, 1u) * quad1;
    sum7 += subgroupBroadcast(v7, 2u) * quad2;
    sum7 += subgroupBroadcast(v7, 3u) * quad3;
  }
  addRow(row, column, sum0);
  addRow(row + 1u, column, sum1);
  addRow(row + 2u, column, sum2);
  addRow(row + 3u, column, sum3);
  addRow(row + 4u, column, sum4);
  addRow(row + 5u, column, sum5);
  addRow(row + 6u, column, sum6);
  addRow(row + 7u, column, sum7);
}
