// Backward pass of attention by queries: out[t] += Σ_j factors[j, t] · rows[j] for one block of queries, shapes in common.wgsl.
// With score gradients and keys it gives dQuery. One thread owns 4 queries × 4 columns of one head.
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
  let queryTile = (i / vectors) % queryTiles;
  let plane = i / vectors / queryTiles;
  if (plane >= params.units * params.share) { return; }
  let unit = params.firstUnit + plane / params.share;
  let row = (unit / params.keyHeads) * params.length;
  let keyHead = unit % params.keyHeads;
  let keyBase = row * params.rowStride + params.rowColumn + keyHead * params.headWidth;
  let first = params.firstQuery + 4u * queryTile;
  let last = min(first + 4u, params.firstQuery + params.queries);
  let seen = select(params.keys, min(params.keys, last), params.causal == 1u);
  let base = plane * keyTiles * 4u * queryTiles + queryTile;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var j = 0u; j < seen; j++) {
    let dScores = factors[base + j * queryTiles];
    let k = rowAt(keyBase + j * params.rowStride, c);
    sum0 += dScores.x * k;
    sum1 += dScores.y * k;
    sum2 += dScores.z * k;
    sum3 += dScores.w * k;
  }
  let head = keyHead * params.share + plane % params.share;
  let to = (row + first) * params.outStride + params.outColumn + head * params.headWidth;
  store(to, c, sum0);
  if (first + 1u < last) { store(to + params.outStride, c, sum1); }
  if (first + 2u < last) { store(to + 2u * params.outStride, c, sum2); }
  if (first + 3u < last) { store(to + 3u * params.outStride, c, sum3); }
}
