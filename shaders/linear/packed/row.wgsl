// y = x · Wᵀ (+ b) from packed integers, shapes in common.wgsl: one row × 4 outputs per thread, for single rows where
// barriers are dear.
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

@compute @workgroup_size(64, 1)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 255u) / 256u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 1u;
  let output = params.firstOutput + (tile % across) * 256u + local.x * 4u;
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  let x0 = xStart(row);
  let n0 = clampOutput(output);
  let n1 = clampOutput(output + 1u);
  let n2 = clampOutput(output + 2u);
  let n3 = clampOutput(output + 3u);
  var sum0 = vec4f();
  for (var g = 0u; g < params.groupsPerRow; g++) {
    let offset = vec4f(offsetAt(n0, g), offsetAt(n1, g), offsetAt(n2, g), offsetAt(n3, g));
    let end = min((g + 1u) * params.group, params.columns);
    var part0 = vec4f();
    @if(vec4) for (var k = g * params.group; k < end; k += 4u) {
      let w0 = codes4(n0, k) - offset.x;
      let w1 = codes4(n1, k) - offset.y;
      let w2 = codes4(n2, k) - offset.z;
      let w3 = codes4(n3, k) - offset.w;
      let a0 = x[x0 + k / 4u];
      part0 += vec4f(dot(a0, w0), dot(a0, w1), dot(a0, w2), dot(a0, w3));
    }
    @else for (var k = g * params.group; k < end; k++) {
      let w = vec4f(codeAt(n0, k), codeAt(n1, k), codeAt(n2, k), codeAt(n3, k)) - offset;
      part0 += x[x0 + k] * w;
    }
    let scale = vec4f(scaleAt(n0, g), scaleAt(n1, g), scaleAt(n2, g), scaleAt(n3, g));
    sum0 += part0 * scale;
  }
  storeRow(row, output, sum0);
}
