// Decodes rows of 8-bit floats: the value of the code, looked up, times the scale of its block. One thread for each weight.
import package::common::grid::linearInvocation;

struct Params {
  count: u32, firstElement: u32, columns: u32, wordsPerRow: u32, firstRow: u32,
  height: u32, width: u32, across: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> table: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = i / params.columns;
  let column = i % params.columns;
  let word = codes[row * params.wordsPerRow + column / 4u];
  let scale = scales[((params.firstRow + row) / params.height) * params.across + column / params.width];
  out[params.firstElement + i] = scale * table[(word >> (8u * (column % 4u))) & 0xffu];
}
