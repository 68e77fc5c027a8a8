// Tenpak's additive quantiser, first pass: two codebooks for every group of flattened values [count], one thread per group.
// Faithful: first = order statistics at i·len/4, second = −R/10 … R/10 (R the range). Otherwise both start as the sixteen even
// levels of the range. `rounds` times: best joint pairs, then first = mean of w − second[q2], then second = mean of w − first[q1];
// an entry that no weight chose stays.
// used [groups, 2]: the codebooks that codes come from (faithful: those before the last update; else as stored);
// stored [groups, 4]: float16 of both codebooks, two to a word.
import package::common::float16::halfBitsToFloat;
import package::common::grid::linearInvocation;
import package::codecs::kit::tenpak::additiveCode::nearestPair;
import package::codecs::kit::tenpak::residualRange::quotient;
import package::codecs::kit::kMeans::half::{nearestHalfBits, truncatedHalfBits};

struct Params { groups: u32, group: u32, count: u32, rounds: u32, faithful: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> used: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> stored: array<vec4u>;

struct Books { first: vec4f, second: vec4f }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let g = linearInvocation(group, groups, local, 64u);
  if (g >= params.groups) { return; }
  let begin = g * params.group;
  let end = min(begin + params.group, params.count);
  var books = start(begin, end);
  var before = books;
  for (var round = 0u; round < params.rounds; round++) {
    before = books;
    books.first = updateFirst(before, begin, end);
    books.second = updateSecond(before, books.first, begin, end);
  }
  let halves = Halves(halvesOf(books.first), halvesOf(books.second));
  stored[g] = vec4u(pair(halves.first.xy), pair(halves.first.zw), pair(halves.second.xy), pair(halves.second.zw));
  if (params.faithful == 0u) { before = Books(floats(halves.first), floats(halves.second)); }
  used[2u * g] = before.first;
  used[2u * g + 1u] = before.second;
}

struct Halves { first: vec4u, second: vec4u }

fn halfOf(x: f32) -> u32 {
  if (params.faithful == 1u) { return truncatedHalfBits(x); }
  return nearestHalfBits(x);
}

fn halvesOf(book: vec4f) -> vec4u { return vec4u(halfOf(book.x), halfOf(book.y), halfOf(book.z), halfOf(book.w)); }

fn pair(halves: vec2u) -> u32 { return halves.x | (halves.y << 16u); }

fn floats(halves: vec4u) -> vec4f {
  return vec4f(halfBitsToFloat(halves.x), halfBitsToFloat(halves.y), halfBitsToFloat(halves.z), halfBitsToFloat(halves.w));
}

fn start(begin: u32, end: u32) -> Books {
  var low = values[begin];
  var high = low;
  for (var i = begin + 1u; i < end; i++) { low = min(low, values[i]); high = max(high, values[i]); }
  let range = high - low;
  if (params.faithful == 1u) {
    return Books(quartiles(begin, end), range * vec4f(-0.1, -0.1 / 3.0, 0.1 / 3.0, 0.1));
  }
  return Books(low + range * vec4f(0.125, 0.375, 0.625, 0.875), range / 16.0 * vec4f(-1.5, -0.5, 0.5, 1.5));
}

/// Finds the values of rank 0, len/4, len/2 and 3·len/4 by counting smaller ones.
fn quartiles(begin: u32, end: u32) -> vec4f {
  let length = end - begin;
  let wanted = vec4u(0u, length / 4u, 2u * length / 4u, 3u * length / 4u);
  var found = vec4f(0.0);
  for (var i = begin; i < end; i++) {
    var rank = 0u;
    for (var j = begin; j < end; j++) {
      rank += select(0u, 1u, values[j] < values[i] || (values[j] == values[i] && j < i));
    }
    found = select(found, vec4f(values[i]), wanted == vec4u(rank));
  }
  return found;
}

fn mean(sums: vec4f, counts: vec4f) -> vec4f {
  let n = max(counts, vec4f(1.0));
  return vec4f(quotient(sums.x, n.x), quotient(sums.y, n.y), quotient(sums.z, n.z), quotient(sums.w, n.w));
}

fn updateFirst(books: Books, begin: u32, end: u32) -> vec4f {
  var sums = vec4f(0.0);
  var counts = vec4f(0.0);
  for (var i = begin; i < end; i++) {
    let q = nearestPair(values[i], books.first, books.second);
    let chosen = vec4u(q.x) == vec4u(0u, 1u, 2u, 3u);
    sums += select(vec4f(0.0), vec4f(values[i] - books.second[q.y]), chosen);
    counts += select(vec4f(0.0), vec4f(1.0), chosen);
  }
  return select(mean(sums, counts), books.first, counts == vec4f(0.0));
}

fn updateSecond(books: Books, first: vec4f, begin: u32, end: u32) -> vec4f {
  var sums = vec4f(0.0);
  var counts = vec4f(0.0);
  for (var i = begin; i < end; i++) {
    let q = nearestPair(values[i], books.first, books.second);
    let chosen = vec4u(q.y) == vec4u(0u, 1u, 2u, 3u);
    sums += select(vec4f(0.0), vec4f(values[i] - first[q.x]), chosen);
    counts += select(vec4f(0.0), vec4f(1.0), chosen);
  }
  return select(mean(sums, counts), books.second, counts == vec4f(0.0));
}
