// C += A · B, shapes in common.wgsl: a tile of 64 rows × 64 columns per workgroup, 16 terms at a time in workgroup memory
// (8 KiB), 4 × 4 per thread. For hardware adapters.
import package::linear::tile::{tileCorner, fourRows, storeTile};
import package::train::product::common::{params, a, aStarts, aStep, bStart, bStep, bQuad};

/// Tiles of A, [term][row ÷ 4], and of B, [term][column ÷ 4].
var<workgroup> aTile: array<vec4f, 256>;
var<workgroup> bTile: array<vec4f, 256>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let corner = tileCorner(params.piece, group, groups, 64u, 64u);
  if (corner.x >= params.piece.lastRow) { return; }
  // Adjacent threads load adjacent values: columns of B, and rows or terms of A.
  let fetched = corner.y + 4u * local.x;
  let b0 = bStart(fetched);
  @if(transposed) let quad = local.x;
  @else let quad = local.y;
  @if(transposed) let term = local.y;
  @else let term = local.x;
  let starts = aStarts(fourRows(params.piece, corner.x + 4u * quad));
  let across = aStep();
  let down = bStep();
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var first = params.firstStep; first < params.lastStep; first += 16u) {
    // Terms beyond the last are 0 in both factors, so that a NaN there cannot spread.
    let at = min(first + term, params.lastStep - 1u) * across;
    let values = vec4f(a[starts.x + at], a[starts.y + at], a[starts.z + at], a[starts.w + at]);
    aTile[term * 16u + quad] = select(vec4f(), values, first + term < params.lastStep);
    let fetchedRow = bQuad(b0 + min(first + local.y, params.lastStep - 1u) * down, fetched);
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
  storeTile(params.piece, corner + 4u * local.yx, sum0, sum1, sum2, sum3);
}
