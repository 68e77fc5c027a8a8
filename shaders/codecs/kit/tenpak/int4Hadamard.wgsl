// The normalised Walsh–Hadamard transform (Sylvester order, ÷ √256) of consecutive blocks of 256 values, in place; it is its
// own inverse. values [256 · blocks]. One workgroup per block; sums in a fixed order, so every adapter gives the same bits.
import package::common::grid::linearWorkgroup;

struct Params { blocks: u32, huge: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;

var<workgroup> block: array<f32, 256>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = linearWorkgroup(group, groups);
  // `index` is the same for the whole workgroup, so that all its threads return together.
  if (index >= params.blocks) { return; }
  let first = 256u * index;
  block[local] = clamp(values[first + local], -params.huge, params.huge);
  block[local + 128u] = clamp(values[first + local + 128u], -params.huge, params.huge);
  for (var half = 1u; half < 256u; half *= 2u) {
    workgroupBarrier();
    let low = (local / half) * 2u * half + local % half;
    let a = block[low];
    let b = block[low + half];
    block[low] = a + b;
    block[low + half] = a - b;
  }
  workgroupBarrier();
  values[first + local] = block[local] * 0.0625;
  values[first + local + 128u] = block[local + 128u] * 0.0625;
}
