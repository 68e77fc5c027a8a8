// Power iteration, v = Σ blocks of sums [blocks, columns] ÷ its norm; zero stays zero. One workgroup, fixed order of addition.
struct Params { blocks: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  // Elements are divided by the largest first, so that no square leaves the range of float32.
  var most = 0.0;
  for (var j = local; j < params.columns; j += 256u) {
    var sum = 0.0;
    for (var b = 0u; b < params.blocks; b++) { sum += sums[b * params.columns + j]; }
    v[j] = sum;
    most = max(most, abs(sum));
  }
  partial[local] = most;
  for (var step = 128u; step > 0u; step >>= 1u) {
    workgroupBarrier();
    if (local < step) { partial[local] = max(partial[local], partial[local + step]); }
  }
  workgroupBarrier();
  let largest = partial[0];
  workgroupBarrier();
  var squares = 0.0;
  for (var j = local; j < params.columns; j += 256u) {
    let x = select(v[j] / largest, 0.0, largest == 0.0);
    v[j] = x;
    squares += x * x;
  }
  partial[local] = squares;
  for (var step = 128u; step > 0u; step >>= 1u) {
    workgroupBarrier();
    if (local < step) { partial[local] += partial[local + step]; }
  }
  workgroupBarrier();
  let norm = sqrt(partial[0]);
  for (var j = local; j < params.columns; j += 256u) { v[j] = select(v[j] / norm, 0.0, norm == 0.0); }
}
