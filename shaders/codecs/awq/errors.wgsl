// awq computes E = W − dequant(quant(W·diag(s)))·diag(s)⁻¹ as (w·s − q·scale) ÷ s, with one thread per weight.
// w = W·diag(s) [rows, columns] float32; s [columns]; scales (half bits) and zeros [rows, groupsPerRow], one word each
// → e float32, element (row, column) at row·rowStride + column·columnStride.
import package::common::grid::linearInvocation;
import package::common::float16::halfBitsToFloat;
import package::codecs::kit::uniformGrid::levels::levelsOf;
import package::codecs::kit::uniformGrid::levels::quantise;

struct Params {
  count: u32, columns: u32, groupsPerRow: u32, group: u32, levels: u32, asymmetric: u32, rowStride: u32, columnStride: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> s: array<f32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read> zeros: array<u32>;
@group(0) @binding(5) var<storage, read_write> e: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let row = i / params.columns;
  let column = i % params.columns;
  let g = row * params.groupsPerRow + column / params.group;
  let scale = halfBitsToFloat(scales[g]);
  let q = quantise(w[i], scale, levelsOf(params.asymmetric != 0u, params.levels, zeros[g]));
  e[row * params.rowStride + column * params.columnStride] = (w[i] - f32(q) * scale) / s[column];
}
