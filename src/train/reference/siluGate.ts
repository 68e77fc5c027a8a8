/** Computes the backward pass of an element of out = silu(gate)·up, with σ = 1 ÷ (1 + e^−gate). */
export function siluGateBackward(gate: number, up: number, dOut: number): { dGate: number; dUp: number } {
  const sigmoid = 1 / (1 + Math.exp(-gate));
  return {
    dGate: dOut * up * sigmoid * (1 + gate * (1 - sigmoid)),
    dUp: dOut * gate * sigmoid,
  };
}
