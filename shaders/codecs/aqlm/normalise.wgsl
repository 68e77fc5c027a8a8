// Divides every row of w [rows, columns] by its root mean square, rounded to float16 first: target [padded columns, rows]
// (transposed; zero beyond `columns` and for rows whose scale rounds to zero), scaleBits [rows], weight [rows] = scale².
import package::common::grid::linearInvocation;
import package::common::float16::{floatToHalfBits, halfBitsToFloat};

struct Params { rows: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> target_: array<f32>;
@group(0) @binding(3) var<storage, read_write> scaleBits: array<u32>;
@group(0) @binding(4) var<storage, read_write> weight: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  let bits = floatToHalfBits(rootMeanSquare(row * params.columns));
  scaleBits[row] = bits;
  // An infinite scale is refused by the host.
  let scale = select(halfBitsToFloat(bits), 0.0, bits >= 0x7c00u);
  weight[row] = scale * scale;
  if (scale == 0.0) { return; }
  for (var c = 0u; c < params.columns; c++) {
    target_[c * params.rows + row] = w[row * params.columns + c] / scale;
  }
}

/// Sums squares by 64 columns, so that long rows lose no digits.
fn rootMeanSquare(first: u32) -> f32 {
  var total = 0.0;
  for (var start = 0u; start < params.columns; start += 64u) {
    var sum = 0.0;
    for (var c = start; c < min(start + 64u, params.columns); c++) {
      let value = w[first + c];
      sum += value * value;
    }
    total += sum;
  }
  return sqrt(total / f32(params.columns));
}
