// dTable[ids[t], :] += dy[t, :] without atomics: threads of the first occurrence of a token follow the chain of its occurrences
// (embedLinks), so that one thread sums a column of a row of the table, in the order of the text. Ids beyond the vocabulary add
// nothing. Four columns per thread.
import package::common::grid::linearInvocation;

struct Params { tokens: u32, width: u32, vocabulary: u32, dyStride: u32, dyColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> links: array<vec2u>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dTable: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quads = (params.width + 3u) / 4u;
  if (i >= params.tokens * quads) { return; }
  let t = i / quads;
  let id = ids[t];
  if (links[t].x != 0u || id >= params.vocabulary) { return; }
  let first = (i % quads) * 4u;
  for (var column = first; column < min(first + 4u, params.width); column++) {
    var sum = 0.0;
    for (var at = t; at < params.tokens; at = links[at].y) { sum += dy[at * params.dyStride + params.dyColumn + column]; }
    dTable[id * params.width + column] += sum;
  }
}
