// out[r, :] += input[r, :], float32: the residual connection. Four columns per thread. Condition gated: input[r, :] times
// gate[sequence of r, :], where a sequence has `length` rows.
import package::common::grid::linearInvocation;

struct Params {
  rows: u32, width: u32, inStride: u32, inColumn: u32, outStride: u32, outColumn: u32,
  @if(gated) length: u32, @if(gated) gateStride: u32, @if(gated) gateColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@if(gated) @group(0) @binding(3) var<storage, read> gate: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quads = (params.width + 3u) / 4u;
  if (i >= params.rows * quads) { return; }
  let start = (i / quads) * params.inStride + params.inColumn;
  let to = (i / quads) * params.outStride + params.outColumn;
  let first = (i % quads) * 4u;
  @if(gated) let gateAt = (i / quads / params.length) * params.gateStride + params.gateColumn;
  for (var column = first; column < min(first + 4u, params.width); column++) {
    @if(gated) let factor = gate[gateAt + column];
    @if(gated) out[to + column] += factor * input[start + column];
    @else out[to + column] += input[start + column];
  }
}
