// Attention with an online softmax, which never stores scores (Milakov and Gimelshein 2018; Dao et al. 2022):
// out[s, t, h] = Σ_j softmax_j(scale · q[s, t, h] · k[s, j, h ÷ share]) v[s, j, h ÷ share], causal: j ≤ state[0] + t.
// One thread per (query, head, chunk of up to 32 columns of the head). The threads of a workgroup share sequence, head and
// chunk, so that they read the same keys and values. Keys are processed four at a time; accumulators are separate variables,
// not an indexed array.
// Condition windowed: a query sees its own key and the window − 1 before it (causal only).
// Condition vec4: head width, strides and columns are multiples of 4. Condition subgroups: lanes 0 … 3 load one of the four
// keys each and broadcast it, which saves software adapters most of their loads.
import package::common::grid::linearWorkgroup;
@if(subgroups) enable subgroups;

/// Queries per workgroup; condition narrow: fewer, so that software adapters waste less on the last workgroup.
@if(narrow) const queries = 8u;
@else const queries = 32u;
/// Number of vectors of 4 columns that one thread accumulates, 1 … 8.
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
@if(vec4) @group(0) @binding(2) var<storage, read> query: array<vec4f>;
@else @group(0) @binding(2) var<storage, read> query: array<f32>;
@if(vec4) @group(0) @binding(3) var<storage, read> key: array<vec4f>;
@else @group(0) @binding(3) var<storage, read> key: array<f32>;
@if(vec4) @group(0) @binding(4) var<storage, read> value: array<vec4f>;
@else @group(0) @binding(4) var<storage, read> value: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

@if(vec4) fn queryAt(start: u32, c: u32) -> vec4f { return query[start / 4u + c]; }
@if(vec4) fn keyAt(start: u32, c: u32) -> vec4f { return key[start / 4u + c]; }
@if(vec4) fn valueAt(start: u32, c: u32) -> vec4f { return value[start / 4u + c]; }

/// 1 for the columns of vector c inside the head, 0 beyond it.
@if(!vec4) fn inside(c: u32) -> vec4f {
  return select(vec4f(), vec4f(1.0), 4u * vec4u(c) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.headWidth));
}
@if(!vec4) fn columnsOf(c: u32) -> vec4u {
  return min(4u * vec4u(c) + vec4u(0u, 1u, 2u, 3u), vec4u(params.headWidth - 1u));
}
@if(!vec4) fn queryAt(start: u32, c: u32) -> vec4f {
  let at = columnsOf(c) + start;
  return vec4f(query[at.x], query[at.y], query[at.z], query[at.w]) * inside(c);
}
@if(!vec4) fn keyAt(start: u32, c: u32) -> vec4f {
  let at = columnsOf(c) + start;
  return vec4f(key[at.x], key[at.y], key[at.z], key[at.w]) * inside(c);
}
@if(!vec4) fn valueAt(start: u32, c: u32) -> vec4f {
  let at = columnsOf(c) + start;
  return vec4f(value[at.x], value[at.y], value[at.z], value[at.w]) * inside(c);
}

/// Σ p[i] · (the value that lane i loaded).
@if(subgroups) fn weightedSum(p: vec4f, own: vec4f) -> vec4f {
  let near = p.x * subgroupBroadcast(own, 0u) + p.y * subgroupBroadcast(own, 1u);
  return near + p.z * subgroupBroadcast(own, 2u) + p.w * subgroupBroadcast(own, 3u);
}

fn store(start: u32, c: u32, sum: vec4f) {
  if (4u * c < params.headWidth) { out[start + 4u * c] = sum.x; }
  if (4u * c + 1u < params.headWidth) { out[start + 4u * c + 1u] = sum.y; }
  if (4u * c + 2u < params.headWidth) { out[start + 4u * c + 2u] = sum.z; }
  if (4u * c + 3u < params.headWidth) { out[start + 4u * c + 3u] = sum.w; }
}

@compute @workgroup_size(queries)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @if(subgroups) @builtin(subgroup_invocation_id) lane: u32,
) {
  let index = params.firstGroup + linearWorkgroup(group, groups);
  if (index >= params.lastGroup) { return; }
  let headVectors = (params.headWidth + 3u) / 4u;
  let chunks = (headVectors + vectors - 1u) / vectors;
  let tiles = (params.length + queries - 1u) / queries;
  let tile = index % tiles;
  let chunk = (index / tiles) % chunks;
  let head = (index / tiles / chunks) % params.heads;
  let sequence = index / tiles / chunks / params.heads;
  let keyHead = (head / params.share) * params.headWidth;
  let keyBase = sequence * params.keyRows * params.keyStride + params.keyColumn + keyHead;
  let valueBase = sequence * params.keyRows * params.valueStride + params.valueColumn + keyHead;
  let firstPosition = state[0];
  // The number of keys in all, and of those that any query of this workgroup sees.
  let total = firstPosition + params.length;
  let seenByTile = select(total, min(total, firstPosition + (tile + 1u) * queries), params.causal == 1u);
  let position = tile * queries + local;
  // With subgroups lanes depend on each other, so those without a query repeat the last one.
  @if(!subgroups) { if (position >= params.length) { return; } }
  let t = min(position, params.length - 1u);
  let seen = select(total, firstPosition + t + 1u, params.causal == 1u);
  // The oldest key that this query sees, and that of the workgroup, which its first query sees.
  @if(windowed) let oldest = max(seen, params.window) - params.window;
  @if(windowed) let begin = (max(firstPosition + tile * queries + 1u, params.window) - params.window) & ~3u;
  @else let begin = 0u;
  let queryStart = (sequence * params.length + t) * params.queryStride + params.queryColumn + head * params.headWidth;
  let first = chunk * vectors;
  let last = headVectors - 1u;
  var maximum = -3.0e38;
  var sum = 0.0;
  var acc0 = vec4f();
  var acc1 = vec4f();
  var acc2 = vec4f();
  var acc3 = vec4f();
  var acc4 = vec4f();
  var acc5 = vec4f();
  var acc6 = vec4f();
  var acc7 = vec4f();
  for (var j = begin; j < seenByTile; j += 4u) {
    // Beyond the last key the last one is read again, with weight 0.
    @if(subgroups) let own = min(j + (lane & 3u), seenByTile - 1u);
    @if(subgroups) let ownKey = keyBase + own * params.keyStride;
    @if(subgroups) let ownValue = valueBase + own * params.valueStride;
    @if(!subgroups) let j1 = min(j + 1u, seenByTile - 1u);
    @if(!subgroups) let j2 = min(j + 2u, seenByTile - 1u);
    @if(!subgroups) let j3 = min(j + 3u, seenByTile - 1u);
    var score = vec4f();
    for (var c = 0u; c < headVectors; c++) {
      let q = queryAt(queryStart, c);
      @if(subgroups) {
        let k = keyAt(ownKey, c);
        let near = vec2f(dot(q, subgroupBroadcast(k, 0u)), dot(q, subgroupBroadcast(k, 1u)));
        score += vec4f(near, dot(q, subgroupBroadcast(k, 2u)), dot(q, subgroupBroadcast(k, 3u)));
      }
      @else {
        let near = vec2f(dot(q, keyAt(keyBase + j * params.keyStride, c)), dot(q, keyAt(keyBase + j1 * params.keyStride, c)));
        let far = vec2f(dot(q, keyAt(keyBase + j2 * params.keyStride, c)), dot(q, keyAt(keyBase + j3 * params.keyStride, c)));
        score += vec4f(near, far);
      }
    }
    let index = vec4u(j) + vec4u(0u, 1u, 2u, 3u);
    @if(windowed) let visible = (index < vec4u(seen)) & (index >= vec4u(oldest));
    @else let visible = index < vec4u(seen);
    score = select(vec4f(-3.0e38), score * params.scale, visible);
    let newMaximum = max(maximum, max(max(score.x, score.y), max(score.z, score.w)));
    let correction = exp(maximum - newMaximum);
    let p = select(vec4f(), exp(score - newMaximum), visible);
    maximum = newMaximum;
    sum = sum * correction + p.x + p.y + p.z + p.w;
    @if(!subgroups) let v0 = valueBase + j * params.valueStride;
    @if(!subgroups) let v1 = valueBase + j1 * params.valueStride;
    @if(!subgroups) let v2 = valueBase + j2 * params.valueStride;
    @if(!subgroups) let v3 = valueBase + j3 * params.valueStride;
    let c0 = min(first, last);
    @if(subgroups) acc0 = acc0 * correction + weightedSum(p, valueAt(ownValue, c0));
    @else acc0 = acc0 * correction + p.x * valueAt(v0, c0) + p.y * valueAt(v1, c0) + p.z * valueAt(v2, c0) + p.w * valueAt(v3, c0);
    if (vectors > 1u) {
      let c1 = min(first + 1u, last);
      @if(subgroups) acc1 = acc1 * correction + weightedSum(p, valueAt(ownValue, c1));
      @else acc1 = acc1 * correction + p.x * valueAt(v0, c1) + p.y * valueAt(v1, c1) + p.z * valueAt(v2, c1) + p.w * valueAt(v3, c1);
    }
    if (vectors > 2u) {
      let c2 = min(first + 2u, last);
      @if(subgroups) acc2 = acc2 * correction + weightedSum(p, valueAt(ownValue, c2));
      @else acc2 = acc2 * correction + p.x * valueAt(v0, c2) + p.y * valueAt(v1, c2) + p.z * valueAt(v2, c2) + p.w * valueAt(v3, c2);
    }
    if (vectors > 3u) {
      let c3 = min(first + 3u, last);
      @if(subgroups) acc3 = acc3 * correction + weightedSum(p, valueAt(ownValue, c3));
      @else acc3 = acc3 * correction + p.x * valueAt(v0, c3) + p.y * valueAt(v1, c3) + p.z * valueAt(v2, c3) + p.w * valueAt(v3, c3);
    }
    if (vectors > 4u) {
      let c4 = min(first + 4u, last);
      @if(subgroups) acc4 = acc4 * correction + weightedSum(p, valueAt(ownValue, c4));
      @else acc4 = acc4 * correction + p.x * valueAt(v0, c4) + p.y * valueAt(v1, c4) + p.z * valueAt(v2, c4) + p.w * valueAt(v3, c4);
    }
    if (vectors > 5u) {
      let c5 = min(first + 5u, last);
      @if(subgroups) acc5 = acc5 * correction + weightedSum(p, valueAt(ownValue, c5));
      @else acc5 = acc5 * correction + p.x * valueAt(v0, c5) + p.y * valueAt(v1, c5) + p.z * valueAt(v2, c5) + p.w * valueAt(v3, c5);
    }
    if (vectors > 6u) {
      let c6 = min(first + 6u, last);
      @if(subgroups) acc6 = acc6 * correction + weightedSum(p, valueAt(ownValue, c6));
      @else acc6 = acc6 * correction + p.x * valueAt(v0, c6) + p.y * valueAt(v1, c6) + p.z * valueAt(v2, c6) + p.w * valueAt(v3, c6);
    }
    if (vectors > 7u) {
      let c7 = min(first + 7u, last);
      @if(subgroups) acc7 = acc7 * correction + weightedSum(p, valueAt(ownValue, c7));
      @else acc7 = acc7 * correction + p.x * valueAt(v0, c7) + p.y * valueAt(v1, c7) + p.z * valueAt(v2, c7) + p.w * valueAt(v3, c7);
    }
  }
  @if(subgroups) { if (position >= params.length) { return; } }
  let to = (sequence * params.length + t) * params.outStride + params.outColumn + head * params.headWidth;
  let inverse = 1.0 / sum;
  store(to, first, acc0 * inverse);
  if (vectors > 1u) { store(to, first + 1u, acc1 * inverse); }
  if (vectors > 2u) { store(to, first + 2u, acc2 * inverse); }
  if (vectors > 3u) { store(to, first + 3u, acc3 * inverse); }
  if (vectors > 4u) { store(to, first + 4u, acc4 * inverse); }
  if (vectors > 5u) { store(to, first + 5u, acc5 * inverse); }
  if (vectors > 6u) { store(to, first + 6u, acc6 * inverse); }
  if (vectors > 7u) { store(to, first + 7u, acc7 * inverse); }
}
