// Tenpak's additive quantiser, decode: out[offset + i] = first[q1] + second[q2] of its group, for element first + i, i < count.
// codes begin with element `firstCode`, books (eight halves a group) with group `firstGroup`.
import package::common::float16::halfOfWord;
import package::common::grid::linearInvocation;

struct Params { count: u32, first: u32, offset: u32, group: u32, firstCode: u32, firstGroup: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> books: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn entry(half: u32) -> f32 { return halfOfWord(books[half / 2u], half); }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let element = params.first + i;
  let at = element - params.firstCode;
  let code = (codes[at / 8u] >> (4u * (at % 8u))) & 15u;
  let book = 8u * (element / params.group - params.firstGroup);
  out[params.offset + i] = entry(book + (code & 3u)) + entry(book + 4u + (code >> 2u));
}
