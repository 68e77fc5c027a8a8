// Attention backwards by queries: dQuery[t] += Σ_j slopes[j, t] · k[j] for one block of queries (see attentionScores for
// the layout of slopes). One thread owns 4 queries × 4 columns of one head. Condition vec4: head width, stride and column
// of the keys are multiples of 4.
import package::common::grid::linearInvocation;

struct Params {
  firstUnit: u32, units: u32, firstQuery: u32, queries: u32, keys: u32,
  length: u32, keyHeads: u32, share: u32, headWidth: u32, causal: u32,
  keyStride: u32, keyColumn: u32,
  outStride: u32, outColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> slopes: array<vec4f>;
@if(vec4) @group(0) @binding(2) var<storage, read> key: array<vec4f>;
@else @group(0) @binding(2) var<storage, read> key: array<f32>;
@group(0) @binding(3) var<storage, read_write> dQuery: array<f32>;

@if(vec4) fn keyAt(start: u32, c: u32) -> vec4f { return key[start / 4u + c]; }
@if(!vec4) fn keyAt(start: u32, c: u32) -> vec4f {
  let at = min(4u * vec4u(c) + vec4u(0u, 1u, 2u, 3u), vec4u(params.headWidth - 1u)) + start;
  return vec4f(key[at.x], key[at.y], key[at.z], key[at.w]);
}

fn store(start: u32, c: u32, sum: vec4f) {
  if (4u * c < params.headWidth) { dQuery[start + 4u * c] += sum.x; }
  if (4u * c + 1u < params.headWidth) { dQuery[start + 4u * c + 1u] += sum.y; }
  if (4u * c + 2u < params.headWidth) { dQuery[start + 4u * c + 2u] += sum.z; }
  if (4u * c + 3u < params.headWidth) { dQuery[start + 4u * c + 3u] += sum.w; }
}

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
  let keyBase = row * params.keyStride + params.keyColumn + keyHead * params.headWidth;
  let first = params.firstQuery + 4u * queryTile;
  let last = min(first + 4u, params.firstQuery + params.queries);
  let seen = select(params.keys, min(params.keys, last), params.causal == 1u);
  let base = plane * keyTiles * 4u * queryTiles + queryTile;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var j = 0u; j < seen; j++) {
    let slope = slopes[base + j * queryTiles];
    let k = keyAt(keyBase + j * params.keyStride, c);
    sum0 += slope.x * k;
    sum1 += slope.y * k;
    sum2 += slope.z * k;
    sum3 += slope.w * k;
  }
  let head = keyHead * params.share + plane % params.share;
  let to = (row + first) * params.outStride + params.outColumn + head * params.headWidth;
  store(to, c, sum0);
  if (first + 1u < last) { store(to + params.outStride, c, sum1); }
  if (first + 2u < last) { store(to + 2u * params.outStride, c, sum2); }
  if (first + 3u < last) { store(to + 3u * params.outStride, c, sum3); }
}
