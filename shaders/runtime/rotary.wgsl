// Rotary position embedding in place (Su et al. 2021) of the first d = 2·half columns of every head: pair i,
// (a, b) = (v[i], v[i + d/2]) (Hugging Face `rotate_half`), becomes (a·cos − b·sin, b·cos + a·sin) at angle p·θ^(−2i/d).
// Condition interleaved: the pairs are neighbours, (v[2i], v[2i + 1]) (GPT-J). Condition inverse: rotates by the opposite
// angle.
// angles[p, :] = d/2 cosines, then d/2 sines, computed on the host because those of WGSL are too inaccurate for large angles.
import package::common::grid::linearInvocation;

struct Params { tokens: u32, length: u32, heads: u32, headWidth: u32, half: u32, stride: u32, column: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> angles: array<f32>;
@group(0) @binding(3) var<storage, read_write> value: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let pair = linearInvocation(group, groups, local, 64u);
  let perToken = params.heads * params.half;
  if (pair >= params.tokens * perToken) { return; }
  let token = pair / perToken;
  let head = (pair % perToken) / params.half;
  let i = pair % params.half;
  let angle = (state[0] + token % params.length) * 2u * params.half + i;
  let c = angles[angle];
  @if(inverse) let s = -angles[angle + params.half];
  @else let s = angles[angle + params.half];
  let start = token * params.stride + params.column + head * params.headWidth;
  @if(interleaved) let first = start + 2u * i;
  @else let first = start + i;
  @if(interleaved) let second = first + 1u;
  @else let second = first + params.half;
  let a = value[first];
  let b = value[second];
  value[first] = a * c - b * s;
  value[second] = b * c + a * s;
}
