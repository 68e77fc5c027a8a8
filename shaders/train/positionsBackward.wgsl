// Gradient of learned positions: dTable[row, :] += Σ dy[sequence · length + t, :] over the sequences, row = offset + state[0] + t.
// Rows beyond the table add nothing. Four columns per thread.
import package::common::grid::linearInvocation;

struct Params { sequences: u32, length: u32, width: u32, offset: u32, dyStride: u32, dyColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dTable: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quads = (params.width + 3u) / 4u;
  if (i >= params.length * quads) { return; }
  let t = i / quads;
  let row = params.offset + state[0] + t;
  if (row >= arrayLength(&dTable) / params.width) { return; }
  let first = (i % quads) * 4u;
  for (var column = first; column < min(first + 4u, params.width); column++) {
    var sum = 0.0;
    for (var sequence = 0u; sequence < params.sequences; sequence++) {
      sum += dy[(sequence * params.length + t) * params.dyStride + params.dyColumn + column];
    }
    dTable[row * params.width + column] += sum;
  }
}
