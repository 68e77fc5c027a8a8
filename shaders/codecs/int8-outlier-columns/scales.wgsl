// Computes row scales of int8 codes: float16 of (largest |w| over the kept columns) ÷ 127. weights [rows, columns] as float32 bits,
// kept [keptCount] column numbers -> scales [rows], the bits of one half per word. One thread per row.
import package::common::grid::linearInvocation;
import package::common::rounding::halfQuotient;

struct Params { rows: u32, columns: u32, keptCount: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> kept: array<u32>;
@group(0) @binding(3) var<storage, read_write> scales: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linearInvocation(group, groups, local, 64u);
  if (row >= params.rows) { return; }
  var largest = 0u;
  for (var i = 0u; i < params.keptCount; i++) {
    largest = max(largest, weights[row * params.columns + kept[i]] & 0x7fffffffu);
  }
  scales[row] = halfQuotient(bitcast<f32>(largest), 127.0);
}
