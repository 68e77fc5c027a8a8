// y = x · Wᵀ (+ b), shapes in common.wgsl: tile of 64 rows × 64 outputs per workgroup, 16 columns at a time in workgroup
// memory (8 KiB), 4 × 4 per thread. For hardware adapters; any K (x and W are read as scalars, 16 in a row).
import package::common::grid::linearWorkgroup;
import package::linear::dense::common::params;
import package::linear::dense::common::x;
import package::linear::dense::common::weight;
import package::linear::dense::common::xStart;
import package::linear::dense::common::weightStart;
import package::linear::dense::common::storeRow;

/// [column][row ÷ 4] and [column][output ÷ 4]
var<workgroup> xTile: array<vec4f, 256>;
var<workgroup> weightTile: array<vec4f, 256>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 63u) / 64u;
  let tile = linearWorkgroup(group, groups);
  let firstRow = params.firstRow + (tile / across) * 64u;
  let firstOutput = params.firstOutput + (tile % across) * 64u;
  if (firstRow >= params.lastRow) { return; }
  let x0 = xStart(firstRow + local.y * 4u);
  let x1 = xStart(firstRow + local.y * 4u + 1u);
  let x2 = xStart(firstRow + local.y * 4u + 2u);
  let x3 = xStart(firstRow + local.y * 4u + 3u);
  let w0 = weightStart(firstOutput + local.y * 4u);
  let w1 = weightStart(firstOutput + local.y * 4u + 1u);
  let w2 = weightStart(firstOutput + local.y * 4u + 2u);
  let w3 = weightStart(firstOutput + local.y * 4u + 3u);
  let slot = local.x * 16u + local.y;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var first = 0u; first < params.columns; first += 16u) {
    // Each thread fetches one column of 4 rows and of 4 outputs; columns beyond K weigh nothing.
    let k = min(first + local.x, params.columns - 1u);
    let used = select(0.0, 1.0, first + local.x < params.columns);
    xTile[slot] = used * vec4f(x[x0 + k], x[x1 + k], x[x2 + k], x[x3 + k]);
    weightTile[slot] = used * vec4f(weight[w0 + k], weight[w1 + k], weight[w2 + k], weight[w3 + k]);
    workgroupBarrier();
    for (var c = 0u; c < 16u; c++) {
      let a = xTile[c * 16u + local.y];
      let b = weightTile[c * 16u + local.x];
      sum0 += a.x * b;
      sum1 += a.y * b;
      sum2 += a.z * b;
      sum3 += a.w * b;
    }
    workgroupBarrier();
  }
  let row = firstRow + local.y * 4u;
  let output = firstOutput + local.x * 4u;
  storeRow(row, output, sum0);
  storeRow(row + 1u, output, sum1);
  storeRow(row + 2u, output, sum2);
  storeRow(row + 3u, output, sum3);
}
