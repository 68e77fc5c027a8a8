// Vector quantisation, decode: out[offset + i] = scale · codebook[index of its vector] for element first + i, i < count;
// `add` adds it to what out holds. indices: little-endian bitstream, its first word holding bit `firstBit` of the span;
// codebook [clusters, dimension]; scales: half of element's group (along rows of `columns`) from half `firstScale` on, if any.
import package::common::bits::codeAt;
import package::common::float16::halfOfWord;
import package::common::grid::linearInvocation;

struct Params {
  count: u32, first: u32, offset: u32, dimension: u32, bits: u32, firstBit: u32, add: u32,
  scaled: u32, columns: u32, group: u32, groupsPerRow: u32, firstScale: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read> codebook: array<f32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

fn scaleOf(element: u32) -> f32 {
  if (params.scaled == 0u) { return 1.0; }
  let row = element / params.columns;
  let half = row * params.groupsPerRow + (element % params.columns) / params.group - params.firstScale;
  return halfOfWord(scales[half / 2u], half);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let element = params.first + i;
  let bit = (element / params.dimension - params.first / params.dimension) * params.bits + params.firstBit;
  let word = bit / 32u;
  let index = codeAt(indices[word], indices[min(word + 1u, arrayLength(&indices) - 1u)], bit % 32u, params.bits);
  let value = codebook[index * params.dimension + element % params.dimension] * scaleOf(element);
  if (params.add == 1u) { out[params.offset + i] += value; } else { out[params.offset + i] = value; }
}
