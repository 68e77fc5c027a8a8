// y ← α · x · Wᵀ (+ b) + β · y with ternary weights and float32 rows, shapes in common.wgsl: 8 rows × 4 outputs per thread. All
// threads of a workgroup use the same 8 rows, whose columns are loaded once per subgroup and broadcast, and a word of 16 codes
// is loaded once for 8 rows. Needs subgroups of at least 8.
import package::linear::octets::octetProduct;
import package::linear::tile::{tileCorner, fourRows, fourOutputs, xStarts, storeTile};
import package::linear::ternary::common::{params, x, codeWords, octetOf, octetsOfUnit, scalesAt};
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
  let at = corner + vec2u(0u, 4u * local);
  let outputs = fourOutputs(params.piece, at.y);
  let xs = xStarts(params.piece, fourRows(params.piece, at.x)) + (lane & 7u);
  let far = xStarts(params.piece, fourRows(params.piece, at.x + 4u)) + (lane & 7u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  for (var s = 0u; s < params.segments; s++) {
    let first = s * params.segmentUnits;
    let end = min(first + params.segmentUnits, params.units);
    var part0 = vec4f();
    var part1 = vec4f();
    var part2 = vec4f();
    var part3 = vec4f();
    var part4 = vec4f();
    var part5 = vec4f();
    var part6 = vec4f();
    var part7 = vec4f();
    for (var u = first; u < end; u++) {
      let words = codeWords(outputs, u);
      for (var half = 0u; half < octetsOfUnit(); half++) {
        let w = octetOf(words, half);
        let k = 16u * u + 8u * half;
        part0 += octetProduct(x[xs.x + k], w);
        part1 += octetProduct(x[xs.y + k], w);
        part2 += octetProduct(x[xs.z + k], w);
        part3 += octetProduct(x[xs.w + k], w);
        part4 += octetProduct(x[far.x + k], w);
        part5 += octetProduct(x[far.y + k], w);
        part6 += octetProduct(x[far.z + k], w);
        part7 += octetProduct(x[far.w + k], w);
      }
    }
    let scaling = scalesAt(outputs, first);
    sum0 += part0 * scaling;
    sum1 += part1 * scaling;
    sum2 += part2 * scaling;
    sum3 += part3 * scaling;
    sum4 += part4 * scaling;
    sum5 += part5 * scaling;
    sum6 += part6 * scaling;
    sum7 += part7 * scaling;
  }
  storeTile(params.piece, at, sum0, sum1, sum2, sum3);
  storeTile(params.piece, at + vec2u(4u, 0u), sum4, sum5, sum6, sum7);
}
