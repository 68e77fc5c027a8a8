// Decodes the second level of double quantisation: level[code] · nested scale per block -> products [count]. The decode kernel adds
// the offset in another dispatch, so that no compiler can fuse product and sum into one rounding. `codes` starts `codeShift` bytes
// before the first block, and `scales` `scaleShift` blocks. Source: arXiv 2305.14314, section 3.
import package::common::grid::linearInvocation;

struct Params { count: u32, codeShift: u32, scaleShift: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> levels: array<f32>;
@group(0) @binding(4) var<storage, read_write> products: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let byte = i + params.codeShift;
  let code = (codes[byte / 4u] >> (8u * (byte % 4u))) & 255u;
  products[i] = levels[code] * scales[(i + params.scaleShift) / 256u];
}
