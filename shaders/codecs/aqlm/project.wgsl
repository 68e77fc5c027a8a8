// q = G · e, transposed like e: q[c, row] = Σ_k G[k, c] e[k, row], one thread per row and group of columns c.
// gram holds rows [firstRow, firstRow + count) of damped G with `width` vec4 each; later parts add to earlier ones.
import package::common::grid::linearInvocation;
import package::codecs::aqlm::vector::SIZE;

struct Params { rows: u32, firstGroup: u32, groups: u32, width: u32, firstRow: u32, count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<vec4f>;
@group(0) @binding(2) var<storage, read> e: array<f32>;
@group(0) @binding(3) var<storage, read_write> q: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.groups) { return; }
  let row = i % params.rows;
  let g = params.firstGroup + i / params.rows;
  let column = g * (SIZE / 4u);
  let first = g * SIZE * params.rows + row;
  // A later part continues where the one before stopped, so that dividing G into parts changes no sum.
  var lo = vec4f();
  var hi = vec4f();
  if (params.firstRow > 0u) {
    lo = quadAt(first);
    @if(eight) { hi = quadAt(first + 4u * params.rows); }
  }
  for (var k = 0u; k < params.count; k++) {
    let value = e[(params.firstRow + k) * params.rows + row];
    lo += value * gram[k * params.width + column];
    @if(eight) { hi += value * gram[k * params.width + column + 1u]; }
  }
  store(first, lo);
  @if(eight) { store(first + 4u * params.rows, hi); }
}

fn quadAt(first: u32) -> vec4f {
  return vec4f(q[first], q[first + params.rows], q[first + 2u * params.rows], q[first + 3u * params.rows]);
}

fn store(first: u32, value: vec4f) {
  q[first] = value.x;
  q[first + params.rows] = value.y;
  q[first + 2u * params.rows] = value.z;
  q[first + 3u * params.rows] = value.w;
}
