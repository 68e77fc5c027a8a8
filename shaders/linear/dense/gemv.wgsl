// y = x · Wᵀ (+ b), shapes in common.wgsl: up to 4 rows × 4 outputs per workgroup, where 16 threads share the columns of an
// output and add their sums through workgroup memory. For decoding on hardware adapters, where reading W is the bottleneck.
import package::linear::lanes::sumOfLanes;
import package::linear::tile::{tileCorner, fourRows, fourOutputs, xStarts, storeColumn};
import package::linear::dense::common::{params, x, weight, stepsOfRow};

@compute @workgroup_size(16, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let corner = tileCorner(params.piece, group, groups, 4u, 4u);
  if (corner.x >= params.piece.lastRow) { return; }
  let at = corner + vec2u(0u, local.y);
  let steps = stepsOfRow();
  let start = fourOutputs(params.piece, at.y).x * steps;
  let xs = xStarts(params.piece, fourRows(params.piece, at.x));
  var sums = vec4f();
  for (var k = local.x; k < steps; k += 16u) {
    let b = weight[start + k];
    @if(vec4) { sums += vec4f(dot(x[xs.x + k], b), dot(x[xs.y + k], b), dot(x[xs.z + k], b), dot(x[xs.w + k], b)); }
    @else { sums += vec4f(x[xs.x + k], x[xs.y + k], x[xs.z + k], x[xs.w + k]) * b; }
  }
  let total = sumOfLanes(local, sums);
  if (local.x == 0u) { storeColumn(params.piece, at, total); }
}
