// y = x · Wᵀ (+ b) from packed integers, shapes in common.wgsl: register tile of 4 rows × 4 outputs per thread. Each group
// sums x · (code − offset) first and meets its scale once.
import package::common::grid::linearWorkgroup;
import package::linear::packed::common::params;
import package::linear::packed::common::x;
import package::linear::packed::common::xStart;
import package::linear::packed::common::clampOutput;
import package::linear::packed::common::codes4;
import package::linear::packed::common::codeAt;
import package::linear::packed::common::offsetAt;
import package::linear::packed::common::scaleAt;
import package::linear::packed::common::storeRow;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 31u) / 32u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 32u + local.y * 4u;
  let output = params.firstOutput + (tile % across) * 32u + local.x * 4u;
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  let x0 = xStart(row);
  let x1 = xStart(row + 1u);
  let x2 = xStart(row + 2u);
  let x3 = xStart(row + 3u);
  let n0 = clampOutput(output);
  let n1 = clampOutput(output + 1u);
  let n2 = clampOutput(output + 2u);
  let n3 = clampOutput(output + 3u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var g = 0u; g < params.groupsPerRow; g++) {
    let offset = vec4f(offsetAt(n0, g), offsetAt(n1, g), offsetAt(n2, g), offsetAt(n3, g));
    let end = min((g + 1u) * params.group, params.columns);
    var part0 = vec4f();
    var part1 = vec4f();
    var part2 = vec4f();
    var part3 = vec4f();
    @if(vec4) for (var k = g * params.group; k < end; k += 4u) {
      let w0 = codes4(n0, k) - offset.x;
      let w1 = codes4(n1, k) - offset.y;
      let w2 = codes4(n2, k) - offset.z;
      let w3 = codes4(n3, k) - offset.w;
      let a0 = x[x0 + k / 4u];
      part0 += vec4f(dot(a0, w0), dot(a0, w1), dot(a0, w2), dot(a0, w3));
      let a1 = x[x1 + k / 4u];
      part1 += vec4f(dot(a1, w0), dot(a1, w1), dot(a1, w2), dot(a1, w3));
      let a2 = x[x2 + k / 4u];
      part2 += vec4f(dot(a2, w0), dot(a2, w1), dot(a2, w2), dot(a2, w3));
      let a3 = x[x3 + k / 4u];
      part3 += vec4f(dot(a3, w0), dot(a3, w1), dot(a3, w2), dot(a3, w3));
    }
    @else for (var k = g * params.group; k < end; k++) {
      let w = vec4f(codeAt(n0, k), codeAt(n1, k), codeAt(n2, k), codeAt(n3, k)) - offset;
      part0 += x[x0 + k] * w;
      part1 += x[x1 + k] * w;
      part2 += x[x2 + k] * w;
      part3 += x[x3 + k] * w;
    }
    let scale = vec4f(scaleAt(n0, g), scaleAt(n1, g), scaleAt(n2, g), scaleAt(n3, g));
    sum0 += part0 * scale;
    sum1 += part1 * scale;
    sum2 += part2 * scale;
    sum3 += part3 * scale;
  }
  storeRow(row, output, sum0);
  storeRow(row + 1u, output, sum1);
  storeRow(row + 2u, output, sum2);
  storeRow(row + 3u, output, sum3);
}
