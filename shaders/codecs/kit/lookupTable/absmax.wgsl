// Finds the largest |w| of each block of 4·`quads` flattened weights: weights [blocks, quads] as float32 bits -> absmax [blocks].
// Magnitudes are compared as integers, which have the order of positive floats, exactly for subnormal numbers on any adapter.
// Source: block-wise quantisation, arXiv 2110.02861. A maximum below 2^-60 is stored as zero (src/codecs/kit/lookupTable/reference.ts).
import package::common::grid::linearInvocation;

const MAGNITUDE = vec4u(0x7fffffffu);
/// The bits of 2^-60.
const SMALLEST = 0x21800000u;

struct Params { blocks: u32, quads: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> absmax: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = linearInvocation(group, groups, local, 64u);
  if (block >= params.blocks) { return; }
  var largest = vec4u(0u);
  for (var i = block * params.quads; i < (block + 1u) * params.quads; i++) {
    largest = max(largest, weights[i] & MAGNITUDE);
  }
  let bits = max(max(largest.x, largest.y), max(largest.z, largest.w));
  absmax[block] = select(bits, 0u, bits < SMALLEST);
}
