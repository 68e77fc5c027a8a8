// Updates Σ|x| and the largest |x| of each column of X with those of a batch. One thread per column.
struct Params { rows: u32, columns: u32, stride: u32, column: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> largest: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= params.columns) { return; }
  var sum = 0.0;
  var maximum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    let value = abs(x[row * params.stride + params.column + c]);
    sum += value;
    maximum = max(maximum, value);
  }
  sums[c] += sum;
  largest[c] = max(largest[c], maximum);
}
