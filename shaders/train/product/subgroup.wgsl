// C += A · B, shapes in common.wgsl: 8 rows × 4 columns per thread. All threads of a workgroup use the same 8 rows, so lanes
// 0 … 3 of each subgroup load four values of A and broadcast them, as in linear/dense/subgroup. Needs subgroups of at least 4,
// a B read as vec4 and, for an A [I, P], a number of terms that is a multiple of 4.
import package::linear::tile::{tileCorner, fourRows, storeTile};
import package::train::product::common::{params, a, aStarts, aStep, bStart, bStep, bQuad};
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
  let column = corner.y + 4u * local;
  let b0 = bStart(column);
  let across = aStep();
  let down = bStep();
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  // In an A [P, I] the 8 values of a term are adjacent: lane l loads those of rows l and l + 4.
  @if(transposed) let near = aStarts(fourRows(params.piece, corner.x + (lane & 3u))).x;
  @if(transposed) let far = aStarts(fourRows(params.piece, corner.x + 4u + (lane & 3u))).x;
  @if(transposed) for (var p = params.firstStep; p < params.lastStep; p++) {
    let quad = bQuad(b0 + p * down, column);
    let low = a[near + p * across];
    let high = a[far + p * across];
    sum0 += subgroupBroadcast(low, 0u) * quad;
    sum1 += subgroupBroadcast(low, 1u) * quad;
    sum2 += subgroupBroadcast(low, 2u) * quad;
    sum3 += subgroupBroadcast(low, 3u) * quad;
    sum4 += subgroupBroadcast(high, 0u) * quad;
    sum5 += subgroupBroadcast(high, 1u) * quad;
    sum6 += subgroupBroadcast(high, 2u) * quad;
    sum7 += subgroupBroadcast(high, 3u) * quad;
  }
  // In an A [I, P] four terms of a row are adjacent: lane l loads term p + l of each row.
  @if(!transposed) let starts = aStarts(fourRows(params.piece, corner.x));
  @if(!transposed) let farStarts = aStarts(fourRows(params.piece, corner.x + 4u));
  @if(!transposed) for (var p = params.firstStep; p < params.lastStep; p += 4u) {
    let at = b0 + p * down;
    let quad0 = bQuad(at, column);
    let quad1 = bQuad(at + down, column);
    let quad2 = bQuad(at + 2u * down, column);
    let quad3 = bQuad(at + 3u * down, column);
    let mine = p + (lane & 3u);
    let v0 = a[starts.x + mine];
    sum0 += subgroupBroadcast(v0, 0u) * quad0;
    sum0 += subgroupBroadcast(v0, 1u) * quad1;
    sum0 += subgroupBroadcast(v0, 2u) * quad2;
    sum0 += subgroupBroadcast(v0, 3u) * quad3;
    let v1 = a[starts.y + mine];
    sum1 += subgroupBroadcast(v1, 0u) * quad0;
    sum1 += subgroupBroadcast(v1, 1u) * quad1;
    sum1 += subgroupBroadcast(v1, 2u) * quad2;
    sum1 += subgroupBroadcast(v1, 3u) * quad3;
    let v2 = a[starts.z + mine];
    sum2 += subgroupBroadcast(v2, 0u) * quad0;
    sum2 += subgroupBroadcast(v2, 1u) * quad1;
    sum2 += subgroupBroadcast(v2, 2u) * quad2;
    sum2 += subgroupBroadcast(v2, 3u) * quad3;
    let v3 = a[starts.w + mine];
    sum3 += subgroupBroadcast(v3, 0u) * quad0;
    sum3 += subgroupBroadcast(v3, 1u) * quad1;
    sum3 += subgroupBroadcast(v3, 2u) * quad2;
    sum3 += subgroupBroadcast(v3, 3u) * quad3;
    let v4 = a[farStarts.x + mine];
    sum4 += subgroupBroadcast(v4, 0u) * quad0;
    sum4 += subgroupBroadcast(v4, 1u) * quad1;
    sum4 += subgroupBroadcast(v4, 2u) * quad2;
    sum4 += subgroupBroadcast(v4, 3u) * quad3;
    let v5 = a[farStarts.y + mine];
    sum5 += subgroupBroadcast(v5, 0u) * quad0;
    sum5 += subgroupBroadcast(v5, 1u) * quad1;
    sum5 += subgroupBroadcast(v5, 2u) * quad2;
    sum5 += subgroupBroadcast(v5, 3u) * quad3;
    let v6 = a[farStarts.z + mine];
    sum6 += subgroupBroadcast(v6, 0u) * quad0;
    sum6 += subgroupBroadcast(v6, 1u) * quad1;
    sum6 += subgroupBroadcast(v6, 2u) * quad2;
    sum6 += subgroupBroadcast(v6, 3u) * quad3;
    let v7 = a[farStarts.w + mine];
    sum7 += subgroupBroadcast(v7, 0u) * quad0;
    sum7 += subgroupBroadcast(v7, 1u) * quad1;
    sum7 += subgroupBroadcast(v7, 2u) * quad2;
    sum7 += subgroupBroadcast(v7, 3u) * quad3;
  }
  let at = vec2u(corner.x, column);
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
  storeTile(params.piece, at + vec2u(4u, 0u), sum4, sum5, sum6, sum7);
}
