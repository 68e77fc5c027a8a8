// y = x · Wᵀ (+ b) from packed integers, shapes in common.wgsl: a register tile of 4 rows × 4 outputs per thread. In each
// group the sum of x · (code − offset) is multiplied by the scale once.
import package::linear::tile::{tileCorner, isOutside, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::packed::common::{params, x, codes4, codesAt, offsetsAt, scalesAt};

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let at = tileCorner(params.piece, group, groups, 32u, 32u) + 4u * local.yx;
  if (isOutside(params.piece, at)) { return; }
  let xs = xStarts(params.piece, fourRows(params.piece, at.x));
  let outputs = fourOutputs(params.piece, at.y);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var g = 0u; g < params.groupsPerRow; g++) {
    let offsets = offsetsAt(outputs, g);
    let end = min((g + 1u) * params.group, params.columns);
    var part0 = vec4f();
    var part1 = vec4f();
    var part2 = vec4f();
    var part3 = vec4f();
    @if(vec4) for (var k = g * params.group; k < end; k += 4u) {
      let w0 = codes4(outputs.x, k) - offsets.x;
      let w1 = codes4(outputs.y, k) - offsets.y;
      let w2 = codes4(outputs.z, k) - offsets.z;
      let w3 = codes4(outputs.w, k) - offsets.w;
      let a0 = x[xs.x + k / 4u];
      part0 += vec4f(dot(a0, w0), dot(a0, w1), dot(a0, w2), dot(a0, w3));
      let a1 = x[xs.y + k / 4u];
      part1 += vec4f(dot(a1, w0), dot(a1, w1), dot(a1, w2), dot(a1, w3));
      let a2 = x[xs.z + k / 4u];
      part2 += vec4f(dot(a2, w0), dot(a2, w1), dot(a2, w2), dot(a2, w3));
      let a3 = x[xs.w + k / 4u];
      part3 += vec4f(dot(a3, w0), dot(a3, w1), dot(a3, w2), dot(a3, w3));
    }
    @else for (var k = g * params.group; k < end; k++) {
      let w = codesAt(outputs, k) - offsets;
      part0 += x[xs.x + k] * w;
      part1 += x[xs.y + k] * w;
      part2 += x[xs.z + k] * w;
      part3 += x[xs.w + k] * w;
    }
    let scaling = scalesAt(outputs, g);
    sum0 += part0 * scaling;
    sum1 += part1 * scaling;
    sum2 += part2 * scaling;
    sum3 += part3 * scaling;
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
}
