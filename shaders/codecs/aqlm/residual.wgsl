// out = keep · target − sign · Σ_m codebook_m[code_m], one thread per row and group; zero in the padding of the last group.
// Codebooks first ≤ m < last. target, out [padded columns, rows]; codes [groups · codebooks, rows]; books [codebooks, entries].
import package::common::grid::linearInvocation;
import package::codecs::aqlm::vector::{Vector, SIZE, plus};

struct Params {
  rows: u32, columns: u32, firstGroup: u32, groups: u32, codebooks: u32, entries: u32, first: u32, last: u32,
  keep: f32, sign: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> target_: array<f32>;
@group(0) @binding(2) var<storage, read> codes: array<u32>;
@group(0) @binding(3) var<storage, read> books: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.groups) { return; }
  let row = i % params.rows;
  let g = params.firstGroup + i / params.rows;
  var sum = Vector();
  for (var m = params.first; m < params.last; m++) {
    sum = plus(sum, entry(m * params.entries + codes[(g * params.codebooks + m) * params.rows + row]));
  }
  storeQuad(g * SIZE, row, sum.lo);
  @if(eight) { storeQuad(g * SIZE + 4u, row, sum.hi); }
}

fn entry(i: u32) -> Vector {
  @if(eight) return Vector(books[2u * i], books[2u * i + 1u]);
  @else return Vector(books[i], vec4f());
}

fn storeQuad(column: u32, row: u32, value: vec4f) {
  store(column, row, value.x);
  store(column + 1u, row, value.y);
  store(column + 2u, row, value.z);
  store(column + 3u, row, value.w);
}

fn store(column: u32, row: u32, value: f32) {
  if (column >= params.columns) { return; }
  let at = column * params.rows + row;
  out[at] = params.keep * target_[at] - params.sign * value;
}
