// awq divides column c by s[c] in place, with one thread per weight.
// w [rows, columns] float32, elements first … first + count; s [columns] float16, two per word.
import package::common::grid::linearInvocation;
import package::common::float16::halfOfWord;

struct Params { first: u32, count: u32, columns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> s: array<u32>;
@group(0) @binding(2) var<storage, read_write> w: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  let at = params.first + i;
  let column = at % params.columns;
  w[at] = w[at] / halfOfWord(s[column / 2u], column);
}
