// float32 ↔ bfloat16 (the upper half of a float32), rounding to nearest, ties to even.
// encode: input [count] float32 bits → out [⌈count/2⌉] words, two bfloat16 each, the first in the low bits.
// decode: input as above → out [count] float32 bits. One thread per word of out.
import package::common::grid::linearInvocation;

struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
// Bits, not f32: a float load may flush subnormals.
@group(0) @binding(1) var<storage, read> input: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

/// Rounds a finite float32 to bfloat16. A carry out of the largest exponent correctly gives infinity.
fn roundToBfloat16(bits: u32) -> u32 {
  return (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
}

@compute @workgroup_size(64)
fn encode(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let word = linearInvocation(group, groups, local, 64u);
  let i = 2u * word;
  if (i >= params.count) { return; }
  var packed = roundToBfloat16(input[i]);
  if (i + 1u < params.count) { packed |= roundToBfloat16(input[i + 1u]) << 16u; }
  out[word] = packed;
}

@compute @workgroup_size(64)
fn decode(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.count) { return; }
  out[i] = ((input[i / 2u] >> (16u * (i & 1u))) & 0xffffu) << 16u;
}
