// y = x · Wᵀ (+ b) from packed integers, shapes in common.wgsl: up to 4 rows × 4 outputs per workgroup, where 16
// threads share the columns of an output and add their sums through workgroup memory. For decoding on hardware adapters.
import package::linear::lanes::sumOfLanes;
import package::linear::tile::{tileCorner, fourRows, fourOutputs, xStarts, storeColumn};
import package::linear::packed::common::{params, x, codes4, codeAt, offsetAt, scaleAt};

@compute @workgroup_size(16, 4)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let corner = tileCorner(params.piece, group, groups, 4u, 4u);
  if (corner.x >= params.piece.lastRow) { return; }
  let at = corner + vec2u(0u, local.y);
  let xs = xStarts(params.piece, fourRows(params.piece, at.x));
  let output = fourOutputs(params.piece, at.y).x;
  var sums = vec4f();
  @if(vec4) for (var k = 4u * local.x; k < params.columns; k += 64u) {
    let g = k / params.group;
    let w = (codes4(output, k) - offsetAt(output, g)) * scaleAt(output, g);
    let i = k / 4u;
    sums += vec4f(dot(x[xs.x + i], w), dot(x[xs.y + i], w), dot(x[xs.z + i], w), dot(x[xs.w + i], w));
  }
  @else for (var k = local.x; k < params.columns; k += 16u) {
    let g = k / params.group;
    let w = (codeAt(output, k) - offsetAt(output, g)) * scaleAt(output, g);
    sums += vec4f(x[xs.x + k], x[xs.y + k], x[xs.z + k], x[xs.w + k]) * w;
  }
  let total = sumOfLanes(local, sums);
  if (local.x == 0u) { storeColumn(params.piece, at, total); }
}
