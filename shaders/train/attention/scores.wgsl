// First part of the backward pass of attention: scores[j, t] = scale · q[t] · k[j] and products[j, t] = dOut[t] · v[j] of one
// block of queries. Both are stored by key, queries in vec4s, for every (unit, query head); a unit is one sequence and one key
// head with the `share` query heads that use it. One thread owns 4 keys × 4 queries. Causal: tiles in which no query sees a
// key are not written, and no later kernel reads them. Rows and columns beyond the last one repeat it.
// Condition vec4: head width, strides and columns are multiples of 4.
import package::common::grid::linearInvocation;

struct Params {
  firstUnit: u32, units: u32, firstQuery: u32, queries: u32, keys: u32,
  length: u32, keyHeads: u32, share: u32, headWidth: u32, causal: u32, scale: f32,
  queryStride: u32, queryColumn: u32,
  keyStride: u32, keyColumn: u32,
  valueStride: u32, valueColumn: u32,
  outStride: u32, outColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@if(vec4) @group(0) @binding(1) var<storage, read> query: array<vec4f>;
@else @group(0) @binding(1) var<storage, read> query: array<f32>;
@if(vec4) @group(0) @binding(2) var<storage, read> key: array<vec4f>;
@else @group(0) @binding(2) var<storage, read> key: array<f32>;
@if(vec4) @group(0) @binding(3) var<storage, read> value: array<vec4f>;
@else @group(0) @binding(3) var<storage, read> value: array<f32>;
@if(vec4) @group(0) @binding(4) var<storage, read> dOut: array<vec4f>;
@else @group(0) @binding(4) var<storage, read> dOut: array<f32>;
@group(0) @binding(5) var<storage, read_write> scores: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> products: array<vec4f>;

@if(vec4) fn queryAt(start: u32, c: u32) -> vec4f { return query[start / 4u + c]; }
@if(vec4) fn keyAt(start: u32, c: u32) -> vec4f { return key[start / 4u + c]; }
@if(vec4) fn valueAt(start: u32, c: u32) -> vec4f { return value[start / 4u + c]; }
@if(vec4) fn outAt(start: u32, c: u32) -> vec4f { return dOut[start / 4u + c]; }

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
@if(!vec4) fn outAt(start: u32, c: u32) -> vec4f {
  let at = columnsOf(c) + start;
  return vec4f(dOut[at.x], dOut[at.y], dOut[at.z], dOut[at.w]) * inside(c);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let queryTiles = (params.queries + 3u) / 4u;
  let keyTiles = (params.keys + 3u) / 4u;
  let queryTile = i % queryTiles;
  let keyTile = (i / queryTiles) % keyTiles;
  let plane = i / queryTiles / keyTiles;
  if (plane >= params.units * params.share) { return; }
  let firstQuery = params.firstQuery + 4u * queryTile;
  if (params.causal == 1u && 4u * keyTile > firstQuery + 3u) { return; }
  let unit = params.firstUnit + plane / params.share;
  let row = (unit / params.keyHeads) * params.length;
  let keyHead = unit % params.keyHeads;
  let keyBase = params.keyColumn + keyHead * params.headWidth;
  let valueBase = params.valueColumn + keyHead * params.headWidth;
  let head = keyHead * params.share + plane % params.share;
  let queryBase = params.queryColumn + head * params.headWidth;
  let outBase = params.outColumn + head * params.headWidth;
  let ts = vec4u(row) + min(vec4u(firstQuery) + vec4u(0u, 1u, 2u, 3u), vec4u(params.length - 1u));
  let js = vec4u(row) + min(vec4u(4u * keyTile) + vec4u(0u, 1u, 2u, 3u), vec4u(params.length - 1u));
  let q = ts * params.queryStride + queryBase;
  let o = ts * params.outStride + outBase;
  let k = js * params.keyStride + keyBase;
  let v = js * params.valueStride + valueBase;
  var score0 = vec4f();
  var score1 = vec4f();
  var score2 = vec4f();
  var score3 = vec4f();
  var product0 = vec4f();
  var product1 = vec4f();
  var product2 = vec4f();
  var product3 = vec4f();
  let vectors = (params.headWidth + 3u) / 4u;
  for (var c = 0u; c < vectors; c++) {
    // The transposed matrix of 4 queries times a key gives the key's scores.
    let qs = transpose(mat4x4f(queryAt(q.x, c), queryAt(q.y, c), queryAt(q.z, c), queryAt(q.w, c)));
    score0 += qs * keyAt(k.x, c);
    score1 += qs * keyAt(k.y, c);
    score2 += qs * keyAt(k.z, c);
    score3 += qs * keyAt(k.w, c);
    let os = transpose(mat4x4f(outAt(o.x, c), outAt(o.y, c), outAt(o.z, c), outAt(o.w, c)));
    product0 += os * valueAt(v.x, c);
    product1 += os * valueAt(v.y, c);
    product2 += os * valueAt(v.z, c);
    product3 += os * valueAt(v.w, c);
  }
  let at = (plane * keyTiles * 4u + 4u * keyTile) * queryTiles + queryTile;
  scores[at] = params.scale * score0;
  scores[at + queryTiles] = params.scale * score1;
  scores[at + 2u * queryTiles] = params.scale * score2;
  scores[at + 3u * queryTiles] = params.scale * score3;
  products[at] = product0;
  products[at + queryTiles] = product1;
  products[at + 2u * queryTiles] = product2;
  products[at + 3u * queryTiles] = product3;
}
