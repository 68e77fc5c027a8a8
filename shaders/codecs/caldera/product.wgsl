// Adds sign · A·B to out, for A [rows, inner] and B [inner, columns] at any strides, also transposed. Rows of out begin at element
// `first` and are `stride` apart. A thread holds 4 rows × 4 columns. The sum over k runs in order and begins with the value in out,
// so that dividing `inner` into several products does not change the result.
import package::common::grid::linearInvocation;

struct Params {
  rows: u32, columns: u32, inner: u32, aRow: u32, aInner: u32, bInner: u32, bColumn: u32,
  firstRow: u32, endRow: u32, first: u32, stride: u32, sign: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let across = (params.columns + 3u) / 4u;
  let row = params.firstRow + 4u * (i / across);
  let column = 4u * (i % across);
  if (row >= params.endRow) { return; }
  // Rows and columns beyond the edge repeat the last one and are not stored.
  let rows = min(vec4u(row) + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u)) * params.aRow;
  let columns = min(vec4u(column) + vec4u(0u, 1u, 2u, 3u), vec4u(params.columns - 1u)) * params.bColumn;
  var sum0 = loadRow(row, column);
  var sum1 = loadRow(row + 1u, column);
  var sum2 = loadRow(row + 2u, column);
  var sum3 = loadRow(row + 3u, column);
  for (var k = 0u; k < params.inner; k++) {
    let at = k * params.aInner;
    let place = vec4u(k * params.bInner) + columns;
    let values = params.sign * vec4f(b[place.x], b[place.y], b[place.z], b[place.w]);
    sum0 += a[rows.x + at] * values;
    sum1 += a[rows.y + at] * values;
    sum2 += a[rows.z + at] * values;
    sum3 += a[rows.w + at] * values;
  }
  storeRow(row, column, sum0);
  storeRow(row + 1u, column, sum1);
  storeRow(row + 2u, column, sum2);
  storeRow(row + 3u, column, sum3);
}

fn loadRow(row: u32, column: u32) -> vec4f {
  return vec4f(load(row, column), load(row, column + 1u), load(row, column + 2u), load(row, column + 3u));
}

fn load(row: u32, column: u32) -> f32 {
  if (row >= params.endRow || column >= params.columns) { return 0.0; }
  return out[params.first + row * params.stride + column];
}

fn storeRow(row: u32, column: u32, values: vec4f) {
  store(row, column, values.x);
  store(row, column + 1u, values.y);
  store(row, column + 2u, values.z);
  store(row, column + 3u, values.w);
}

fn store(row: u32, column: u32, value: f32) {
  if (row >= params.endRow || column >= params.columns) { return; }
  out[params.first + row * params.stride + column] = value;
}
