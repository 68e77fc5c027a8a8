// Encodes rANS with one thread per stream (src/codecs/kit/entropyCoding/rans.ts; Duda 2013, https://arxiv.org/abs/1311.2540).
// symbols [count] bytes, four per word; streams of `length` symbols, the last one shorter
// → words: 16-bit words in the order written, `capacity` 32-bit words for each stream; lengths [streams] in 16-bit words.
// tables [256 or 32·256]: frequency | start << 16. With contexts: rows and columns hold classes; `firstSymbol` is the column of the
// first symbol in its matrix of `perRow` columns, and rows[0] is the class of its row.
import package::common::grid::linearInvocation;
@if(contexts) import package::codecs::kit::entropyCoding::context::contextTable;

struct Params { count: u32, streams: u32, length: u32, capacity: u32, firstSymbol: u32, perRow: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> symbols: array<u32>;
@group(0) @binding(2) var<storage, read> tables: array<u32>;
@group(0) @binding(3) var<storage, read_write> words: array<u32>;
@group(0) @binding(4) var<storage, read_write> lengths: array<u32>;
@if(contexts) @group(0) @binding(5) var<storage, read> rows: array<i32>;
@if(contexts) @group(0) @binding(6) var<storage, read> columns: array<i32>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let stream = linearInvocation(group, groups, local, 16u);
  if (stream >= params.streams) { return; }
  let first = stream * params.length;
  let base = stream * params.capacity;
  var written = 0u;
  var half = 0u;
  var x = 0x10000u;
  for (var i = min(params.count, first + params.length); i > first; i--) {
    let entry = entryOf(i - 1u);
    let f = entry & 0xffffu;
    // x ≥ f·2^20, which f = 4096 never reaches.
    if ((x >> 20u) >= f) {
      half = emit(base, written, half, x & 0xffffu);
      written++;
      x >>= 16u;
    }
    x = ((x / f) << 12u) + (entry >> 16u) + x % f;
  }
  half = emit(base, written, half, x & 0xffffu);
  half = emit(base, written + 1u, half, x >> 16u);
  if ((written & 1u) == 1u) { words[base + (written + 2u) / 2u] = half; }
  lengths[stream] = written + 2u;
}

/// Appends a 16-bit word. Words of even index are kept as `half` until the next one completes the 32-bit word.
fn emit(base: u32, written: u32, half: u32, word: u32) -> u32 {
  if ((written & 1u) == 0u) { return word; }
  words[base + written / 2u] = half | (word << 16u);
  return 0u;
}

fn symbolAt(index: u32) -> u32 {
  return (symbols[index / 4u] >> (8u * (index % 4u))) & 255u;
}

@if(contexts) fn entryOf(index: u32) -> u32 {
  let place = params.firstSymbol + index;
  return tables[256u * contextTable(rows[place / params.perRow], columns[place % params.perRow]) + symbolAt(index)];
}

@else fn entryOf(index: u32) -> u32 { return tables[symbolAt(index)]; }
