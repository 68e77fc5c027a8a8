// y = x · Wᵀ (+ b) from packed integers, shapes in common.wgsl: one row × 4 outputs per thread, for single rows where
// barriers are slow.
import package::linear::tile::{tileCorner, isOutside, fourOutputs, xStart, storeRow};
import package::linear::packed::common::{params, x, codes4, codesAt, offsetsAt, scalesAt};

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 1u, 256u) + vec2u(0u, 4u * local.x);
  if (isOutside(params.piece, at)) { return; }
  let start = xStart(params.piece, at.x);
  let outputs = fourOutputs(params.piece, at.y);
  var sum = vec4f();
  for (var g = 0u; g < params.groupsPerRow; g++) {
    let offsets = offsetsAt(outputs, g);
    let end = min((g + 1u) * params.group, params.columns);
    var part = vec4f();
    @if(vec4) for (var k = g * params.group; k < end; k += 4u) {
      let a = x[start + k / 4u];
      part += vec4f(
        dot(a, codes4(outputs.x, k) - offsets.x),
        dot(a, codes4(outputs.y, k) - offsets.y),
        dot(a, codes4(outputs.z, k) - offsets.z),
        dot(a, codes4(outputs.w, k) - offsets.w),
      );
    }
    @else for (var k = g * params.group; k < end; k++) {
      part += x[start + k] * (codesAt(outputs, k) - offsets);
    }
    sum += part * scalesAt(outputs, g);
  }
  storeRow(params.piece, at, sum);
}
