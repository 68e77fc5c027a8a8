// Backward pass of out = silu(gate)·up (Shazeer 2020): dGate = dOut·up·σ(1 + gate(1 − σ)) and dUp = dOut·gate·σ with
// σ = 1 ÷ (1 + e^−gate). Condition inPlace: dGate replaces dOut, as out replaces the gate in the forward pass. Condition fused:
// dGate and dUp are columns of one buffer, which can be bound only once. Four columns per thread.
import package::common::grid::linearInvocation;

struct Params {
  rows: u32, width: u32,
  gateStride: u32, gateColumn: u32,
  upStride: u32, upColumn: u32,
  dOutStride: u32, dOutColumn: u32,
  dGateStride: u32, dGateColumn: u32,
  dUpStride: u32, dUpColumn: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gate: array<f32>;
@group(0) @binding(2) var<storage, read> up: array<f32>;
@if(!inPlace) @group(0) @binding(3) var<storage, read> dOut: array<f32>;
@group(0) @binding(4) var<storage, read_write> dGate: array<f32>;
@if(!fused) @group(0) @binding(5) var<storage, read_write> dUp: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quads = (params.width + 3u) / 4u;
  if (i >= params.rows * quads) { return; }
  let row = i / quads;
  let gateAt = row * params.gateStride + params.gateColumn;
  let upAt = row * params.upStride + params.upColumn;
  let dOutAt = row * params.dOutStride + params.dOutColumn;
  let dGateAt = row * params.dGateStride + params.dGateColumn;
  let dUpAt = row * params.dUpStride + params.dUpColumn;
  let first = (i % quads) * 4u;
  for (var column = first; column < min(first + 4u, params.width); column++) {
    let x = gate[gateAt + column];
    // Beyond ±80 the exponential could only overflow.
    let power = exp(clamp(-x, -80.0, 80.0));
    let sigmoid = 1.0 / (1.0 + power);
    @if(inPlace) let d = dGate[dOutAt + column];
    @else let d = dOut[dOutAt + column];
    // 1 − σ is computed as power · σ, which avoids cancellation for σ near 1.
    dGate[dGateAt + column] = d * up[upAt + column] * sigmoid * (1.0 + x * (power * sigmoid));
    @if(fused) dGate[dUpAt + column] = d * x * sigmoid;
    @else dUp[dUpAt + column] = d * x * sigmoid;
  }
}
