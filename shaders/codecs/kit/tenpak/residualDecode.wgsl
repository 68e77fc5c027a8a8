// Tenpak's group quantiser, decode: out[offset + i] += code · scale + offset of its group, for element first + i, i < count.
// codes, scales and offsets begin with element `firstCode` and half `firstHalf`.
import package::common::float16::halfOfWord;
import package::common::grid::linearInvocation;

struct Params { count: u32, first: u32, offset: u32, group: u32, bits: u32, firstCode: u32, firstHalf: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let element = params.first + i;
  let bit = (element - params.firstCode) * params.bits;
  let code = (codes[bit / 32u] >> (bit % 32u)) & ((1u << params.bits) - 1u);
  let half = element / params.group - params.firstHalf;
  out[params.offset + i] += f32(code) * halfOfWord(scales[half / 2u], half) + halfOfWord(offsets[half / 2u], half);
}
