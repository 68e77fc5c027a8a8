// Rounds codebooks to float16 within its range: bits to halves [count ÷ 2], two to a word, and the rounded values back to books.
import package::common::grid::linearInvocation;
import package::common::float16::{floatToHalfBits, halfBitsToFloat};

struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> books: array<f32>;
@group(0) @binding(2) var<storage, read_write> halves: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (2u * i >= params.count) { return; }
  let low = floatToHalfBits(clamp(books[2u * i], -65504.0, 65504.0));
  let high = floatToHalfBits(clamp(books[2u * i + 1u], -65504.0, 65504.0));
  halves[i] = low | (high << 16u);
  books[2u * i] = halfBitsToFloat(low);
  books[2u * i + 1u] = halfBitsToFloat(high);
}
