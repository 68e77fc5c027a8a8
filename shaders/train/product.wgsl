// C += A · B, shapes in productCommon: register tile of 4 rows × 4 columns per thread, no workgroup memory.
import package::common::grid::linearWorkgroup;
import package::train::productCommon::params;
import package::train::productCommon::a;
import package::train::productCommon::aStart;
import package::train::productCommon::aStep;
import package::train::productCommon::bStart;
import package::train::productCommon::bStep;
import package::train::productCommon::bQuad;
import package::train::productCommon::addRow;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.columns + 31u) / 32u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 32u + local.y * 4u;
  let column = (tile % across) * 32u + local.x * 4u;
  if (row >= params.lastRow || column >= params.columns) { return; }
  let a0 = aStart(row);
  let a1 = aStart(row + 1u);
  let a2 = aStart(row + 2u);
  let a3 = aStart(row + 3u);
  let b0 = bStart(column);
  let across1 = aStep();
  let down1 = bStep();
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var p = params.firstStep; p < params.lastStep; p++) {
    let quad = bQuad(b0 + p * down1, column);
    let at = p * across1;
    sum0 += a[a0 + at] * quad;
    sum1 += a[a1 + at] * quad;
    sum2 += a[a2 + at] * quad;
    sum3 += a[a3 + at] * quad;
  }
  addRow(row, column, sum0);
  addRow(row + 1u, column, sum1);
  addRow(row + 2u, column, sum2);
  addRow(row + 3u, column, sum3);
}
