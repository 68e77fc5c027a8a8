// Images [images, channels, size, size] ↔ tokens of a vision transformer (Dosovitskiy et al. 2021).
// Condition gather: patches[image · patches + p, channel · patch² + y · patch + x] = pixel, the layout of a convolution's weight.
// Condition place: out[image, 0] = class token, out[image, 1 + p] = projected[image, p].
import package::common::grid::linearInvocation;

struct Params { images: u32, channels: u32, size: u32, patchSize: u32, width: u32, outStride: u32, outColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@if(place) @group(0) @binding(2) var<storage, read> classToken: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@if(gather) @compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let size = params.size;
  let side = params.patchSize;
  if (i >= params.images * params.channels * size * size) { return; }
  let across = size / side;
  let perPatch = params.channels * side * side;
  let row = i / perPatch;
  let image = row / (across * across);
  let p = row % (across * across);
  let inside = i % perPatch;
  let channel = inside / (side * side);
  let y = (p / across) * side + (inside % (side * side)) / side;
  let x = (p % across) * side + inside % side;
  out[row * params.outStride + params.outColumn + inside] = input[((image * params.channels + channel) * size + y) * size + x];
}

@if(place) @compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let across = params.size / params.patchSize;
  let tokens = across * across + 1u;
  if (i >= params.images * tokens * params.width) { return; }
  let row = i / params.width;
  let column = i % params.width;
  let to = row * params.outStride + params.outColumn + column;
  let token = row % tokens;
  if (token == 0u) {
    out[to] = classToken[column];
  } else {
    out[to] = input[((row / tokens) * (tokens - 1u) + token - 1u) * params.width + column];
  }
}
