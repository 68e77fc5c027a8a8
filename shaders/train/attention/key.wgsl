// Backward pass of attention by keys: out[j] += Σ_heads Σ_t factors[j, t] · rows[t, head] over the query heads that share a key
// head and one block of queries, shapes in common.wgsl. With score gradients and queries it gives dKey, with weights and dOut
// dValue. One thread owns 4 keys × 4 columns of one key head, so that the sum over heads has a fixed order.
import package::common::grid::linearInvocation;
import package::train::attention::common::params;
import package::train::attention::common::factors;
import package::train::attention::common::rowAt;
import package::train::attention::common::store;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let vectors = (params.headWidth + 3u) / 4u;
  let queryTiles = (params.queries + 3u) / 4u;
  let keyTiles = (params.keys + 3u) / 4u;
  let c = i % vectors;
  let keyTile = (i / vectors) % keyTiles;
  let localUnit = i / vectors / keyTiles;
  if (localUnit >= params.units) { return; }
  let unit = params.firstUnit + localUnit;
  let row = (unit / params.keyHeads) * params.length;
  let keyHead = unit % params.keyHeads;
  // Causal: the number of queries before the first one that sees a key of this tile.
  let before = select(0u, 4u * keyTile - min(4u * keyTile, params.firstQuery), params.causal == 1u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var h = 0u; h < params.share; h++) {
    let base = ((localUnit * params.share + h) * keyTiles + keyTile) * 4u * queryTiles;
    let head = keyHead * params.share + h;
    let start = params.rowColumn + head * params.headWidth;
    for (var tile = before / 4u; tile < queryTiles; tile++) {
      let ts = row + min(vec4u(params.firstQuery + 4u * tile) + vec4u(0u, 1u, 2u, 3u), vec4u(params.length - 1u));
      let at = ts * params.rowStride + start;
      let four = mat4x4f(rowAt(at.x, c), rowAt(at.y, c), rowAt(at.z, c), rowAt(at.w, c));
      sum0 += four * factors[base + tile];
      sum1 += four * factors[base + queryTiles + tile];
      sum2 += four * factors[base + 2u * queryTiles + tile];
      sum3 += four * factors[base + 3u * queryTiles + tile];
    }
  }
  let j = 4u * keyTile;
  let to = (row + j) * params.outStride + params.outColumn + keyHead * params.headWidth;
  store(to, c, sum0);
  if (j + 1u < params.keys) { store(to + params.outStride, c, sum1); }
  if (j + 2u < params.keys) { store(to + 2u * params.outStride, c, sum2); }
  if (j + 3u < params.keys) { store(to + 3u * params.outStride, c, sum3); }
}
