// Decodes rANS with one thread per stream (src/codecs/kit/entropyCoding/rans.ts; Duda 2013, https://arxiv.org/abs/1311.2540).
// words: 16-bit words, two per 32-bit word; stream s is words ends[s] … ends[s + 1] − 1, read from its last word on. The host has
// checked that each stream has at least two words and that its first state is at least 2^16.
// → symbols [count] bytes, four per word; `length` symbols for each stream, a multiple of 4; bad [streams] is 1 unless the
// stream ends in the state 2^16 with all words read.
// tables [4096 or 32·4096] by slot: symbol | (frequency − 1) << 8 | (slot − start) << 20. Contexts as in encode.wgsl.
import package::common::grid::linearInvocation;
@if(contexts) import package::codecs::kit::entropyCoding::context::contextTable;

struct Params { count: u32, streams: u32, length: u32, firstSymbol: u32, perRow: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read> ends: array<u32>;
@group(0) @binding(3) var<storage, read> tables: array<u32>;
@group(0) @binding(4) var<storage, read_write> symbols: array<u32>;
@group(0) @binding(5) var<storage, read_write> bad: array<u32>;
@if(contexts) @group(0) @binding(6) var<storage, read> rows: array<i32>;
@if(contexts) @group(0) @binding(7) var<storage, read> columns: array<i32>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let stream = linearInvocation(group, groups, local, 16u);
  if (stream >= params.streams) { return; }
  let begin = ends[stream];
  var at = ends[stream + 1u] - 2u;
  var x = (wordAt(at + 1u) << 16u) | wordAt(at);
  var short = false;
  var packed = 0u;
  let first = stream * params.length;
  let end = min(params.count, first + params.length);
  for (var i = first; i < end; i++) {
    let entry = entryOf(i, x & 0xfffu);
    x = (((entry >> 8u) & 0xfffu) + 1u) * (x >> 12u) + (entry >> 20u);
    if (x < 0x10000u) {
      // A damaged stream may end too early. It continues with arbitrary words and is refused afterwards.
      short = short || at <= begin;
      if (at > begin) { at--; }
      x = (x << 16u) | wordAt(at);
    }
    packed |= (entry & 0xffu) << (8u * (i & 3u));
    if ((i & 3u) == 3u || i + 1u == end) {
      symbols[i / 4u] = packed;
      packed = 0u;
    }
  }
  bad[stream] = select(0u, 1u, short || at != begin || x != 0x10000u);
}

fn wordAt(index: u32) -> u32 {
  return (words[index / 2u] >> (16u * (index & 1u))) & 0xffffu;
}

@if(contexts) fn entryOf(index: u32, slot: u32) -> u32 {
  let place = params.firstSymbol + index;
  return tables[4096u * contextTable(rows[place / params.perRow], columns[place % params.perRow]) + slot];
}

@else fn entryOf(index: u32, slot: u32) -> u32 { return tables[slot]; }
