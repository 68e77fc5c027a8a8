// Largest magnitude of the weights of a row within a block of columns: one thread for each row and block.
// w [rows, columns] → maxima [rows, across].
import package::common::grid::linearInvocation;

struct Params { count: u32, columns: u32, across: u32, width: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> maxima: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = i / params.across;
  let first = (i % params.across) * params.width;
  let end = min(first + params.width, params.columns);
  var largest = 0.0;
  for (var column = first; column < end; column++) {
    largest = max(largest, abs(w[row * params.columns + column]));
  }
  maxima[i] = largest;
}
