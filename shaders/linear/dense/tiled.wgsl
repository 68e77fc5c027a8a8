// y = x · Wᵀ (+ b), shapes in common.wgsl: a tile of 64 rows × 64 outputs per workgroup, 16 columns at a time in workgroup
// memory (8 KiB), 4 × 4 per thread. For hardware adapters and any K, since x and W are read as scalars, 16 in a row.
import package::linear::tile::{tileCorner, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::dense::common::{params, x, weight};

/// Tiles of x, [column][row ÷ 4], and of W, [column][output ÷ 4].
var<workgroup> xTile: array<vec4f, 256>;
var<workgroup> weightTile: array<vec4f, 256>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let corner = tileCorner(params.piece, group, groups, 64u, 64u);
  if (corner.x >= params.piece.lastRow) { return; }
  let xs = xStarts(params.piece, fourRows(params.piece, corner.x + 4u * local.y));
  let ws = fourOutputs(params.piece, corner.y + 4u * local.y) * params.columns;
  let slot = local.x * 16u + local.y;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var first = 0u; first < params.columns; first += 16u) {
    // Each thread loads one column of 4 rows and of 4 outputs; columns beyond K are set to 0.
    let k = min(first + local.x, params.columns - 1u);
    let used = select(0.0, 1.0, first + local.x < params.columns);
    xTile[slot] = used * vec4f(x[xs.x + k], x[xs.y + k], x[xs.z + k], x[xs.w + k]);
    weightTile[slot] = used * vec4f(weight[ws.x + k], weight[ws.y + k], weight[ws.z + k], weight[ws.w + k]);
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
  storeTile(params.piece, corner + 4u * local.yx, sum0, sum1, sum2, sum3);
}
