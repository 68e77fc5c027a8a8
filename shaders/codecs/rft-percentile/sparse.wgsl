// Rounds kept coefficients to integers with one scale per block: kept [blocks, length] = 1 for moduli of at least the block's
// threshold; codes (re, im) = round(c ÷ peak · levels), half to even; peaks [blocks] = the largest |re| or |im| of the kept ones.
// c [blocks, length] complex. One workgroup per block.
import package::common::grid::linearWorkgroup;
import package::codecs::kit::transforms::coarse::coarseModulus;

struct Params { blocks: u32, length: u32, levels: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c: array<vec2f>;
@group(0) @binding(2) var<storage, read> thresholds: array<f32>;
@group(0) @binding(3) var<storage, read_write> peaks: array<f32>;
@group(0) @binding(4) var<storage, read_write> kept: array<u32>;
@group(0) @binding(5) var<storage, read_write> codes: array<vec2i>;

var<workgroup> largest: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = linearWorkgroup(group, groups);
  if (block >= params.blocks) { return; }
  let first = block * params.length;
  let end = first + params.length;
  var top = 0.0;
  for (var i = first + local; i < end; i += 64u) {
    if (coarseModulus(c[i]) >= thresholds[block]) { top = max(top, max(abs(c[i].x), abs(c[i].y))); }
  }
  largest[local] = top;
  for (var step = 32u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (local < step) { largest[local] = max(largest[local], largest[local + step]); }
  }
  workgroupBarrier();
  top = largest[0];
  for (var i = first + local; i < end; i += 64u) {
    let keep = coarseModulus(c[i]) >= thresholds[block];
    kept[i] = select(0u, 1u, keep);
    codes[i] = vec2i(0);
    if (keep && top > 0.0) { codes[i] = vec2i(round(c[i] / top * params.levels)); }
  }
  if (local == 0u) { peaks[block] = top; }
}
