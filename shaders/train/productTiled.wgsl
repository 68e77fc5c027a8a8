// C += A · B, shapes in productCommon: tile of 64 rows × 64 columns per workgroup, 16 terms at a time in workgroup memory
// (8 KiB), 4 × 4 per thread. For hardware adapters.
import package::common::grid::linearWorkgroup;
import package::train::productCommon::params;
import package::train::productCommon::a;
import package::train::productCommon::aStart;
import package::train::productCommon::aStep;
import package::train::productCommon::bStart;
import package::train::productCommon::bStep;
import package::train::productCommon::bQuad;
import package::train::productCommon::addRow;

/// [term][row ÷ 4] and [term][column ÷ 4]
var<workgroup> aTile: array<vec4f, 256>;
var<workgroup> bTile: array<vec4f, 256>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.columns + 63u) / 64u;
  let tile = linearWorkgroup(group, groups);
  let firstRow = params.firstRow + (tile / across) * 64u;
  let firstColumn = (tile % across) * 64u;
  if (firstRow >= params.lastRow) { return; }
  // What lies side by side in memory is fetched by threads side by side: columns of B, and rows or terms of A.
  let fetched = firstColumn + local.x * 4u;
  let b0 = bStart(fetched);
  @if(transposed) let quad = local.x;
  @else let quad = local.y;
  @if(transposed) let term = local.y;
  @else let term = local.x;
  let a0 = aStart(firstRow + quad * 4u);
  let a1 = aStart(firstRow + quad * 4u + 1u);
  let a2 = aStart(firstRow + quad * 4u + 2u);
  let a3 = aStart(firstRow + quad * 4u + 3u);
  let across1 = aStep();
  let down1 = bStep();
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var first = params.firstStep; first < params.lastStep; first += 16u) {
    // Terms beyond the last weigh nothing; both factors are cleared, so that what stands there cannot spread.
    let at = min(first + term, params.lastStep - 1u) * across1;
    let values = vec4f(a[a0 + at], a[a1 + at], a[a2 + at], a[a3 + at]);
    aTile[term * 16u + quad] = select(vec4f(), values, first + term < params.lastStep);
    let fetchedRow = bQuad(b0 + min(first + local.y, params.lastStep - 1u) * down1, fetched);
    bTile[local.y * 16u + local.x] = select(vec4f(), fetchedRow, first + local.y < params.lastStep);
    workgroupBarrier();
    for (var t = 0u; t < 16u; t++) {
      let left = aTile[t * 16u + local.y];
      let right = bTile[t * 16u + local.x];
      sum0 += left.x * right;
      sum1 += left.y * right;
      sum2 += left.z * right;
      sum3 += left.w * right;
    }
    workgroupBarrier();
  }
  let row = firstRow + local.y * 4u;
  let column = firstColumn + local.x * 4u;
  addRow(row, column, sum0);
  addRow(row + 1u, column, sum1);
  addRow(row + 2u, column, sum2);
  addRow(row + 3u, column, sum3);
}
