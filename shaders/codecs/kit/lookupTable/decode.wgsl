// Decodes weights from 4-bit codes: out[first + i] = level[code] · (absmax of its block + offset), i < count. `codes` starts
// `codeShift` weights before the first one, and `absmax` `blockShift` weights. offset is 0 without double quantisation.
// Source: arXiv 2305.14314.
import package::common::grid::linearInvocation;

struct Params { count: u32, first: u32, codeShift: u32, blockShift: u32, block: u32, offset: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> absmax: array<f32>;
@group(0) @binding(3) var<storage, read> levels: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let at = i + params.codeShift;
  let code = (codes[at / 8u] >> (4u * ((at & 7u) ^ 1u))) & 15u;
  let largest = absmax[(i + params.blockShift) / params.block] + params.offset;
  out[params.first + i] = levels[code] * largest;
}
