// y = x · Wᵀ (+ b), shapes in common.wgsl: one row × 4 outputs per thread, for single rows where barriers are dear.
import package::common::grid::linearWorkgroup;
import package::linear::dense::common::params;
import package::linear::dense::common::x;
import package::linear::dense::common::weight;
import package::linear::dense::common::xStart;
import package::linear::dense::common::weightStart;
import package::linear::dense::common::storeRow;

@compute @workgroup_size(64, 1)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 255u) / 256u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 1u + local.y * 1u;
  let output = params.firstOutput + (tile % across) * 256u + local.x * 4u;
  if (row >= params.lastRow || output >= params.lastOutput) { return; }
  let x0 = xStart(row);
  let w0 = weightStart(output);
  let w1 = weightStart(output + 1u);
  let w2 = weightStart(output + 2u);
  let w3 = weightStart(output + 3u);
  var sum0 = vec4f();
  @if(vec4) let steps = params.columns / 4u;
  @if(vec4) for (var k = 0u; k < steps; k++) {
    let b0 = weight[w0 + k];
    let b1 = weight[w1 + k];
    let b2 = weight[w2 + k];
    let b3 = weight[w3 + k];
    let a0 = x[x0 + k];
    sum0 += vec4f(dot(a0, b0), dot(a0, b1), dot(a0, b2), dot(a0, b3));
  }
  @else for (var k = 0u; k < params.columns; k++) {
    let b = vec4f(weight[w0 + k], weight[w1 + k], weight[w2 + k], weight[w3 + k]);
    sum0 += x[x0 + k] * b;
  }
  storeRow(row, output, sum0);
}
