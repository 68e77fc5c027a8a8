// Rounds rows of x to codes and restores them: x̂ = (q − z) · s, q = clamp(round(x · inverse) + z, 0, maxCode), half to even, with scale and zero
// point of the group that holds the time step of the row's image. x [rows, columns] is columns of a wider row-major buffer; times holds
// a time step for each image, of rowsPerImage rows; table has (first time step, zero point, scale, inverse of the scale) for each
// group, floats as bits, ascending from time step 0.
import package::common::grid::linearInvocation;

struct Params { count: u32, columns: u32, xStride: u32, xColumn: u32, rowsPerImage: u32, groups: u32, maxCode: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> times: array<u32>;
@group(0) @binding(3) var<storage, read> table: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = i / params.columns;
  let value = x[row * params.xStride + params.xColumn + i % params.columns];
  let own = table[groupOf(times[row / params.rowsPerImage])];
  let zero = f32(own.y);
  let code = clamp(round(value * bitcast<f32>(own.w)) + zero, 0.0, params.maxCode);
  out[i] = (code - zero) * bitcast<f32>(own.z);
}

/// The last group that does not begin after a time step.
fn groupOf(time: u32) -> u32 {
  var first = 0u;
  var last = params.groups - 1u;
  while (first < last) {
    let middle = (first + last + 1u) / 2u;
    if (table[middle].x <= time) { first = middle; } else { last = middle - 1u; }
  }
  return first;
}
