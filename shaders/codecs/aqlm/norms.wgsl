// norms[i] = cᵢᵀ B cᵢ for every codebook entry, with the metric's block B of one group.
import package::common::grid::linearInvocation;
import package::codecs::aqlm::vector::{Vector, SIZE, dotVector, plus, scaled};

struct Params { entries: u32, block: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> books: array<vec4f>;
@group(0) @binding(2) var<storage, read> blocks: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> norms: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.entries) { return; }
  @if(eight) let c = Vector(books[2u * i], books[2u * i + 1u]);
  @else let c = Vector(books[i], vec4f());
  norms[i] = dotVector(c, timesBlock(c));
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
