// Second part of the backward pass of attention: replaces scores s and products d (scores.wgsl) by weights p = softmax(s) and
// score gradients p · (d − Σ p d) · scale, by query, with an online softmax for maximum, sum and Σ p d (Milakov and Gimelshein
// 2018). One thread owns 4 queries of one (unit, head). Where later kernels read, keys that a query does not see and queries
// beyond the last one become 0. Condition windowed: a query sees its own key and the window − 1 before it (causal only).
import package::common::grid::linearInvocation;

struct Params {
  planes: u32, firstQuery: u32, queries: u32, keys: u32, causal: u32, scale: f32,
  @if(windowed) window: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> scores: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> products: array<vec4f>;

const LOWEST = -3.0e38;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let queryTiles = (params.queries + 3u) / 4u;
  let keyTiles = (params.keys + 3u) / 4u;
  let queryTile = i % queryTiles;
  let plane = i / queryTiles;
  if (plane >= params.planes) { return; }
  let lanes = 4u * queryTile + vec4u(0u, 1u, 2u, 3u);
  let everything = select(vec4u(params.keys), params.firstQuery + lanes + 1u, vec4<bool>(params.causal == 1u));
  let seen = select(vec4u(0u), everything, lanes < vec4u(params.queries));
  @if(windowed) let oldest = max(everything, vec4u(params.window)) - params.window;
  @else let oldest = vec4u(0u);
  // Keys of the tiles that later kernels read for these queries.
  let tiled = select(4u * keyTiles, min(4u * keyTiles, params.firstQuery + 4u * queryTile + 4u), params.causal == 1u);
  let base = plane * keyTiles * 4u * queryTiles + queryTile;
  var maximum = vec4f(LOWEST);
  var sum = vec4f();
  var mean = vec4f();
  for (var j = 0u; j < min(tiled, params.keys); j++) {
    let visible = (vec4u(j) < seen) & (vec4u(j) >= oldest);
    let s = select(vec4f(LOWEST), scores[base + j * queryTiles], visible);
    let d = select(vec4f(), products[base + j * queryTiles], visible);
    let next = max(maximum, s);
    let correction = exp(maximum - next);
    let p = select(vec4f(), exp(s - next), visible);
    sum = sum * correction + p;
    mean = mean * correction + p * d;
    maximum = next;
  }
  let inverse = 1.0 / max(sum, vec4f(1.0e-30));
  mean *= inverse;
  for (var j = 0u; j < tiled; j++) {
    let at = base + j * queryTiles;
    let visible = (vec4u(j) < min(seen, vec4u(params.keys))) & (vec4u(j) >= oldest);
    let p = select(vec4f(), exp(scores[at] - maximum) * inverse, visible);
    scores[at] = p;
    products[at] = select(vec4f(), p * (products[at] - mean) * params.scale, visible);
  }
}
