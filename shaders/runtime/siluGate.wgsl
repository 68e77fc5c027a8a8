// gate = silu(gate) · up = gate · up ÷ (1 + e^−gate), the gated MLP of Llama (Shazeer 2020), in place of the gate. Four columns
// per thread. Condition fused: gate and up are columns of one buffer, which can be bound only once.
import package::common::grid::linearInvocation;

struct Params { rows: u32, width: u32, gateStride: u32, gateColumn: u32, upStride: u32, upColumn: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gate: array<f32>;
@if(!fused) @group(0) @binding(2) var<storage, read> up: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  let quads = (params.width + 3u) / 4u;
  if (i >= params.rows * quads) { return; }
  let at = (i / quads) * params.gateStride + params.gateColumn;
  let upAt = (i / quads) * params.upStride + params.upColumn;
  let first = (i % quads) * 4u;
  for (var column = first; column < min(first + 4u, params.width); column++) {
    let x = gate[at + column];
    // Beyond ±80 the exponential could only overflow.
    let sigmoid = 1.0 / (1.0 + exp(clamp(-x, -80.0, 80.0)));
    @if(fused) let factor = gate[upAt + column];
    @else let factor = up[upAt + column];
    gate[at + column] = x * sigmoid * factor;
  }
}
