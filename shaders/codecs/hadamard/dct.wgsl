// Applies a DCT over the odd factor of a row's width: out[row, k, b] = Σ over a of values[row, a, b] · c, with column index
// a·block + b and c = cosines[a, k], or cosines[k, a] for the inverse. One thread per value. Values are read from `first` on.
import package::common::grid::linearInvocation;

struct Params { first: u32, count: u32, columns: u32, block: u32, dctSize: u32, inverse: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> cosines: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let column = i % params.columns;
  let k = column / params.block;
  let base = params.first + i - column + column % params.block;
  let start = select(k, k * params.dctSize, params.inverse != 0u);
  let step = select(params.dctSize, 1u, params.inverse != 0u);
  var sum = 0.0;
  for (var a = 0u; a < params.dctSize; a++) {
    sum += values[base + a * params.block] * cosines[start + a * step];
  }
  out[i] = sum;
}
