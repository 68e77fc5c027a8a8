// Beam search for the codes of one group of a row, given all other groups (AQLM, arXiv 2401.06118, section 3.2): with the
// error e of the whole row, q = G e in this group's columns, B the block of G and v₀ the group's current sum of entries, the
// objective as a function of the new sum v is vᵀBv − 2 vᵀt + const with t = q + B v₀. Codebook by codebook, every beam tries
// every entry; the best `beams` code words stay. One thread per row and group, first codebook to try `first`.
// With condition `gram` groups interact, so e is updated; else G is block diagonal and e is the caller's q.
import package::common::grid::linearInvocation;
import package::codecs::aqlm::vector::{Vector, SIZE, dotVector, plus, minus, scaled};

struct Params {
  rows: u32, columns: u32, firstGroup: u32, groups: u32, block: u32, codebooks: u32, entries: u32, bits: u32,
  first: u32, last: u32, beams: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> books: array<vec4f>;
@group(0) @binding(3) var<storage, read> norms: array<f32>;
@group(0) @binding(4) var<storage, read> blocks: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> codes: array<u32>;
@if(gram) @group(0) @binding(6) var<storage, read_write> e: array<f32>;

const NONE = 3.4e38;

/// Code words, which hold all codes of the group in `bits` each, in order of their loss.
struct Beams { words: vec4u, losses: vec4f }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.groups) { return; }
  let row = i % params.rows;
  let g = params.firstGroup + i / params.rows;
  let old = wordOf(g, row);
  let before = sumOf(old, params.codebooks);
  let goal = plus(vectorAt(g, row), timesBlock(before));
  var beams = Beams(vec4u(old), vec4f(NONE));
  var width = 1u;
  for (var m = params.first; m < params.last; m++) {
    beams = expand(beams, width, m, goal);
    width = params.beams;
  }
  storeCodes(g, row, beams.words.x);
  @if(gram) { update(g, row, minus(before, sumOf(beams.words.x, params.codebooks))); }
}

/// Tries all entries of codebook m in every beam.
fn expand(parents: Beams, width: u32, m: u32, goal: Vector) -> Beams {
  let shift = params.bits * m;
  let mask = ~((params.entries - 1u) << shift);
  let firstEntry = m * params.entries;
  var best = Beams(vec4u(0u), vec4f(NONE));
  for (var b = 0u; b < width; b++) {
    if (b > 0u && parents.losses[b] >= NONE) { break; }
    let word = parents.words[b] & mask;
    let others = sumOf(parents.words[b], m);
    let weighted = timesBlock(others);
    let base = dotVector(others, weighted) - 2.0 * dotVector(others, goal);
    let slope = scaled(minus(goal, weighted), -2.0);
    for (var k = 0u; k < params.entries; k++) {
      let loss = base + norms[firstEntry + k] + dotVector(entry(firstEntry + k), slope);
      if (loss < best.losses.w) { best = insert(best, word | (k << shift), loss); }
    }
  }
  return best;
}

/// Keeps the four best, earlier ones first on a tie; a word that is already there is not inserted again.
fn insert(beams: Beams, word: u32, loss: f32) -> Beams {
  if (any((beams.words == vec4u(word)) & (beams.losses < vec4f(NONE)))) { return beams; }
  let w = beams.words;
  let l = beams.losses;
  if (loss < l.x) { return Beams(vec4u(word, w.xyz), vec4f(loss, l.xyz)); }
  if (loss < l.y) { return Beams(vec4u(w.x, word, w.yz), vec4f(l.x, loss, l.yz)); }
  if (loss < l.z) { return Beams(vec4u(w.xy, word, w.z), vec4f(l.xy, loss, l.z)); }
  return Beams(vec4u(w.xyz, word), vec4f(l.xyz, loss));
}

/// Sums the entries that a code word names, without codebook `without`.
fn sumOf(word: u32, without: u32) -> Vector {
  var sum = Vector();
  for (var m = 0u; m < params.last; m++) {
    if (m == without) { continue; }
    sum = plus(sum, entry(m * params.entries + ((word >> (params.bits * m)) & (params.entries - 1u))));
  }
  return sum;
}

fn wordOf(g: u32, row: u32) -> u32 {
  var word = 0u;
  for (var m = 0u; m < params.codebooks; m++) {
    word |= codes[(g * params.codebooks + m) * params.rows + row] << (params.bits * m);
  }
  return word;
}

fn storeCodes(g: u32, row: u32, word: u32) {
  for (var m = 0u; m < params.codebooks; m++) {
    codes[(g * params.codebooks + m) * params.rows + row] = (word >> (params.bits * m)) & (params.entries - 1u);
  }
}

fn entry(i: u32) -> Vector {
  @if(eight) return Vector(books[2u * i], books[2u * i + 1u]);
  @else return Vector(books[i], vec4f());
}

fn vectorAt(g: u32, row: u32) -> Vector {
  @if(eight) return Vector(quadAt(g * SIZE, row), quadAt(g * SIZE + 4u, row));
  @else return Vector(quadAt(g * SIZE, row), vec4f());
}

fn quadAt(column: u32, row: u32) -> vec4f {
  let first = column * params.rows + row;
  return vec4f(q[first], q[first + params.rows], q[first + 2u * params.rows], q[first + 3u * params.rows]);
}

@if(gram)
fn update(g: u32, row: u32, change: Vector) {
  addQuad(g * SIZE, row, change.lo);
  @if(eight) { addQuad(g * SIZE + 4u, row, change.hi); }
}

@if(gram)
fn addQuad(column: u32, row: u32, change: vec4f) {
  add(column, row, change.x);
  add(column + 1u, row, change.y);
  add(column + 2u, row, change.z);
  add(column + 3u, row, change.w);
}

@if(gram)
fn add(column: u32, row: u32, change: f32) {
  if (column < params.columns) { e[column * params.rows + row] += change; }
}

fn timesBlock(v: Vector) -> Vector {
  let first = params.block * SIZE;
  var sum = scaled(blockRow(first), v.lo.x);
  sum = plus(sum, scaled(blockRow(first + 1u), v.lo.y));
  sum = plus(sum, scaled(blockRow(first + 2u), v.lo.z));
  sum = plus(sum, scaled(blockRow(first + 3u), v.lo.w));
  @if(eight) {
    sum = plus(sum, scaled(blockRow(first + 4u), v.hi.x));
    sum = plus(sum, scaled(blockRow(first + 5u), v.hi.y));
    sum = plus(sum, scaled(blockRow(first + 6u), v.hi.z));
    sum = plus(sum, scaled(blockRow(first + 7u), v.hi.w));
  }
  return sum;
}

fn blockRow(i: u32) -> Vector {
  @if(eight) return Vector(blocks[2u * i], blocks[2u * i + 1u]);
  @else return Vector(blocks[i], vec4f());
}
