// C += A · B, shapes in common.wgsl: a register tile of 4 rows × 4 columns per thread, no workgroup memory.
import package::linear::tile::{tileCorner, isOutside, fourRows, storeTile};
import package::train::product::common::{params, a, aStarts, aStep, bStart, bStep, bQuad};

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 32u, 32u) + 4u * local.yx;
  if (isOutside(params.piece, at)) { return; }
  let starts = aStarts(fourRows(params.piece, at.x));
  let across = aStep();
  let b0 = bStart(at.y);
  let down = bStep();
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var p = params.firstStep; p < params.lastStep; p++) {
    let quad = bQuad(b0 + p * down, at.y);
    let term = p * across;
    sum0 += a[starts.x + term] * quad;
    sum1 += a[starts.y + term] * quad;
    sum2 += a[starts.z + term] * quad;
    sum3 += a[starts.w + term] * quad;
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
}
