// attention.wgsl for heads of up to 64 columns on software adapters with subgroups of at least 8: the same bindings and parameters,
// head width, strides and columns multiples of 4. One thread per (query, head); the query stays in registers. Eight keys are
// processed at a time: each of lanes 0 … 7 loads one of them and shares it by shuffles, since loads cost most.
// Condition windowed: a query sees its own key and the window − 1 before it (causal only).
import package::common::grid::linearWorkgroup;
enable subgroups;

/// Queries per workgroup.
const queries = 8u;
/// Number of vectors of 4 columns of a head, 1 … 16. Loops over them are unrolled, so that the arrays are registers.
override vectors = 8u;

struct Params {
  firstGroup: u32, lastGroup: u32,
  length: u32, keyRows: u32, heads: u32, share: u32, headWidth: u32, causal: u32, scale: f32,
  @if(windowed) window: u32,
  queryStride: u32, queryColumn: u32,
  keyStride: u32, keyColumn: u32,
  valueStride: u32, valueColumn: u32,
  outStride: u32, outColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> query: array<vec4f>;
@group(0) @binding(3) var<storage, read> key: array<vec4f>;
@group(0) @binding(4) var<storage, read> value: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

/// Dot products of a vector of the query with those of the keys in lanes first … first + 3.
fn scoresOf(q: vec4f, k: vec4f, first: u32) -> vec4f {
  let near = vec2f(dot(q, subgroupShuffle(k, first)), dot(q, subgroupShuffle(k, first + 1u)));
  return vec4f(near, dot(q, subgroupShuffle(k, first + 2u)), dot(q, subgroupShuffle(k, first + 3u)));
}

/// Σ p[i] · (the value in lane first + i).
fn weightedSum(p: vec4f, own: vec4f, first: u32) -> vec4f {
  return p.x * subgroupShuffle(own, first) + p.y * subgroupShuffle(own, first + 1u)
    + p.z * subgroupShuffle(own, first + 2u) + p.w * subgroupShuffle(own, first + 3u);
}

fn largest(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }

@compute @workgroup_size(queries)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let index = params.firstGroup + linearWorkgroup(group, groups);
  if (index >= params.lastGroup) { return; }
  let tiles = (params.length + queries - 1u) / queries;
  let tile = index % tiles;
  let head = (index / tiles) % params.heads;
  let sequence = index / tiles / params.heads;
  let keyHead = (head / params.share) * params.headWidth;
  let keyBase = sequence * params.keyRows * params.keyStride + params.keyColumn + keyHead;
  let valueBase = sequence * params.keyRows * params.valueStride + params.valueColumn + keyHead;
  let firstPosition = state[0];
  // The number of keys in all, and of those that any query of this workgroup sees.
  let total = firstPosition + params.length;
  let seenByTile = select(total, min(total, firstPosition + (tile + 1u) * queries), params.causal == 1u);
  let position = tile * queries + local;
  // Lanes depend on each other, so those without a query repeat the last one.
  let t = min(position, params.length - 1u);
  let seen = select(total, firstPosition + t + 1u, params.causal == 1u);
  // The oldest key that this query sees, and that of the workgroup, which its first query sees.
  @if(windowed) let oldest = max(seen, params.window) - params.window;
  @if(windowed) let begin = (max(firstPosition + tile * queries + 1u, params.window) - params.window) & ~7u;
  @else let begin = 0u;
  let queryStart = (sequence * params.length + t) * params.queryStride + params.queryColumn + head * params.headWidth;
  var q: array<vec4f, 16>;
  var sums: array<vec4f, 16>;
  for (var c = 0u; c < vectors; c++) { q[c] = params.scale * query[queryStart / 4u + c]; }
  var maximum = -3.0e38;
  var sum = 0.0;
  for (var j = begin; j < seenByTile; j += 8u) {
    // Beyond the last key the last one is read again, with weight 0.
    let own = min(j + (lane & 7u), seenByTile - 1u);
    let ownKey = (keyBase + own * params.keyStride) / 4u;
    let ownValue = (valueBase + own * params.valueStride) / 4u;
    var near = vec4f();
    var far = vec4f();
    for (var c = 0u; c < vectors; c++) {
      let k = key[ownKey + c];
      near += scoresOf(q[c], k, 0u);
      far += scoresOf(q[c], k, 4u);
    }
    let index = vec4u(j) + vec4u(0u, 1u, 2u, 3u);
    @if(windowed) let nearVisible = (index < vec4u(seen)) & (index >= vec4u(oldest));
    @else let nearVisible = index < vec4u(seen);
    @if(windowed) let farVisible = (index + 4u < vec4u(seen)) & (index + 4u >= vec4u(oldest));
    @else let farVisible = index + 4u < vec4u(seen);
    near = select(vec4f(-3.0e38), near, nearVisible);
    far = select(vec4f(-3.0e38), far, farVisible);
    let newMaximum = max(maximum, largest(max(near, far)));
    let correction = exp(maximum - newMaximum);
    let p = select(vec4f(), exp(near - newMaximum), nearVisible);
    let r = select(vec4f(), exp(far - newMaximum), farVisible);
    maximum = newMaximum;
    sum = sum * correction + dot(p + r, vec4f(1.0));
    for (var c = 0u; c < vectors; c++) {
      let v = value[ownValue + c];
      sums[c] = sums[c] * correction + weightedSum(p, v, 0u) + weightedSum(r, v, 4u);
    }
  }
  if (position >= params.length) { return; }
  let to = (sequence * params.length + t) * params.outStride + params.outColumn + head * params.headWidth;
  for (var c = 0u; c < vectors; c++) {
    let mixed = sums[c] / sum;
    out[to + 4u * c] = mixed.x;
    out[to + 4u * c + 1u] = mixed.y;
    out[to + 4u * c + 2u] = mixed.z;
    out[to + 4u * c + 3u] = mixed.w;
  }
}
