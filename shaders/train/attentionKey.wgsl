// Attention backwards by keys: out[j] += Σ_heads Σ_t factors[j, t] · rows[t, head] over the query heads that share a key
// head and one block of queries. With slopes and queries it is dKey; with weights and dOut it is dValue (see
// attentionScores for the layout of factors). One thread owns 4 keys × 4 columns of one key head, so the sum over heads
// has one order. Condition vec4: head width, stride and column of the rows are multiples of 4.
import package::common::grid::linearInvocation;

struct Params {
  firstUnit: u32, units: u32, firstQuery: u32, queries: u32, keys: u32,
  length: u32, keyHeads: u32, share: u32, headWidth: u32, causal: u32,
  rowStride: u32, rowColumn: u32,
  outStride: u32, outColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> factors: array<vec4f>;
@if(vec4) @group(0) @binding(2) var<storage, read> rows: array<vec4f>;
@else @group(0) @binding(2) var<storage, read> rows: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@if(vec4) fn rowAt(start: u32, c: u32) -> vec4f { return rows[start / 4u + c]; }
@if(!vec4) fn rowAt(start: u32, c: u32) -> vec4f {
  let at = min(4u * vec4u(c) + vec4u(0u, 1u, 2u, 3u), vec4u(params.headWidth - 1u)) + start;
  return vec4f(rows[at.x], rows[at.y], rows[at.z], rows[at.w]);
}

fn store(start: u32, c: u32, sum: vec4f) {
  if (4u * c < params.headWidth) { out[start + 4u * c] += sum.x; }
  if (4u * c + 1u < params.headWidth) { out[start + 4u * c + 1u] += sum.y; }
  if (4u * c + 2u < params.headWidth) { out[start + 4u * c + 2u] += sum.z; }
  if (4u * c + 3u < params.headWidth) { out[start + 4u * c + 3u] += sum.w; }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let vectors = (params.headWidth + 3u) / 4u;
  let queryTiles = (params.queries + 3u) / 4u;
  let keyTiles = (params.keys + 3u) / 4u;
  let c = i % vectors;
  let keyTile = (i / vectors) % keyTiles;
  let unitHere = i / vectors / keyTiles;
  if (unitHere >= params.units) { return; }
  let unit = params.firstUnit + unitHere;
  let row = (unit / params.keyHeads) * params.length;
  let keyHead = unit % params.keyHeads;
  // Causal: the first tile of queries of which one sees a key of this tile.
  let before = select(0u, 4u * keyTile - min(4u * keyTile, params.firstQuery), params.causal == 1u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var h = 0u; h < params.share; h++) {
    let base = ((unitHere * params.share + h) * keyTiles + keyTile) * 4u * queryTiles;
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
