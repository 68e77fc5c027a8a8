// y = x · Wᵀ (+ b) from packed integers, shapes in common.wgsl: up to 4 rows × 4 outputs per workgroup, 16 threads share
// the columns of one output, and add up through workgroup memory. For decoding on hardware adapters.
import package::common::grid::linearWorkgroup;
import package::linear::packed::common::params;
import package::linear::packed::common::x;
import package::linear::packed::common::xStart;
import package::linear::packed::common::clampOutput;
import package::linear::packed::common::codes4;
import package::linear::packed::common::codeAt;
import package::linear::packed::common::offsetAt;
import package::linear::packed::common::scaleAt;
import package::linear::packed::common::store;

/// Partial sums of 4 rows: [output][lane]
var<workgroup> partial: array<vec4f, 64>;

@compute @workgroup_size(16, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let across = (params.lastOutput - params.firstOutput + 3u) / 4u;
  let tile = linearWorkgroup(group, groups);
  let row = params.firstRow + (tile / across) * 4u;
  let output = params.firstOutput + (tile % across) * 4u + local.y;
  if (row >= params.lastRow) { return; }
  let x0 = xStart(row);
  let x1 = xStart(row + 1u);
  let x2 = xStart(row + 2u);
  let x3 = xStart(row + 3u);
  let n = clampOutput(output);
  var sums = vec4f();
  @if(vec4) for (var k = 4u * local.x; k < params.columns; k += 64u) {
    let g = k / params.group;
    let w = (codes4(n, k) - offsetAt(n, g)) * scaleAt(n, g);
    let i = k / 4u;
    sums += vec4f(dot(x[x0 + i], w), dot(x[x1 + i], w), dot(x[x2 + i], w), dot(x[x3 + i], w));
  }
  @else for (var k = local.x; k < params.columns; k += 16u) {
    let g = k / params.group;
    let w = (codeAt(n, k) - offsetAt(n, g)) * scaleAt(n, g);
    sums += vec4f(x[x0 + k], x[x1 + k], x[x2 + k], x[x3 + k]) * w;
  }
  let slot = local.y * 16u + local.x;
  partial[slot] = sums;
  for (var width = 8u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (local.x < width) { partial[slot] += partial[slot + width]; }
  }
  if (local.x > 0u) { return; }
  let total = partial[slot];
  store(row, output, total.x);
  store(row + 1u, output, total.y);
  store(row + 2u, output, total.z);
  store(row + 3u, output, total.w);
}
