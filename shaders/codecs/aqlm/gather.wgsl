// Sums over the vectors that use a codebook entry: partial[chunk, entry] = Σ weight · q and Σ weight · diagonal of the metric,
// in this order (two vectors). One thread per chunk of rows and entry, entries of codebooks from `firstCodebook` on. Every
// thread reads all codes of its chunk, without atomics, so that the sums are the same on every run.
import package::common::grid::linearInvocation;
import package::codecs::aqlm::vector::{Vector, SIZE, plus, scaled};

struct Params {
  rows: u32, groups: u32, codebooks: u32, entries: u32, firstCodebook: u32, count: u32,
  firstChunk: u32, chunks: u32, chunkRows: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> codes: array<u32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> diagonal: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.chunks * params.count) { return; }
  let chunk = params.firstChunk + i / params.count;
  let m = params.firstCodebook + (i % params.count) / params.entries;
  let k = i % params.entries;
  let firstRow = chunk * params.chunkRows;
  let endRow = min(firstRow + params.chunkRows, params.rows);
  var sum = Vector();
  var square = Vector();
  for (var g = 0u; g < params.groups; g++) {
    let first = (g * params.codebooks + m) * params.rows;
    for (var row = firstRow; row < endRow; row++) {
      if (codes[first + row] != k) { continue; }
      sum = plus(sum, scaled(vectorAt(g, row), weight[row]));
      square = plus(square, scaled(diagonalAt(g), weight[row]));
    }
  }
  store(chunk * params.count + i % params.count, sum, square);
}

fn store(at: u32, sum: Vector, square: Vector) {
  @if(eight) {
    partials[4u * at] = sum.lo;
    partials[4u * at + 1u] = sum.hi;
    partials[4u * at + 2u] = square.lo;
    partials[4u * at + 3u] = square.hi;
  }
  @if(!eight) {
    partials[2u * at] = sum.lo;
    partials[2u * at + 1u] = square.lo;
  }
}

fn diagonalAt(g: u32) -> Vector {
  @if(eight) return Vector(diagonal[2u * g], diagonal[2u * g + 1u]);
  @else return Vector(diagonal[g], vec4f());
}

fn vectorAt(g: u32, row: u32) -> Vector {
  @if(eight) return Vector(quadAt(g * SIZE, row), quadAt(g * SIZE + 4u, row));
  @else return Vector(quadAt(g * SIZE, row), vec4f());
}

fn quadAt(column: u32, row: u32) -> vec4f {
  let first = column * params.rows + row;
  return vec4f(q[first], q[first + params.rows], q[first + 2u * params.rows], q[first + 3u * params.rows]);
}
