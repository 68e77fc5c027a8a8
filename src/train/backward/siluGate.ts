import { invariant } from '../../base/errors';
import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext } from '../../runtime/ops/context';

/** The backward pass of out = silu(gate) · up over activations [rows, width]. */
export interface SiluGateBackwardCall {
  /** The gate before the forward pass replaced it. */
  gate: ActivationView;
  up: ActivationView;
  dOut: ActivationView;
  /** Overwritten. It may be dOut itself, as `out` may be the gate itself. */
  dGate: ActivationView;
  /** Overwritten. It has its own buffer or is columns of that of dGate. */
  dUp: ActivationView;
  rows: number;
}

/** Records dGate = dOut · up · silu′(gate) and dUp = dOut · silu(gate). */
export async function recordSiluGateBackward(
  { recorder }: RecordContext,
  { gate, up, dOut, dGate, dUp, rows }: SiluGateBackwardCall,
): Promise<void> {
  const inPlace = dOut.buffer === dGate.buffer;
  const fused = dUp.buffer === dGate.buffer;
  invariant(
    !inPlace || (dOut.stride === dGate.stride && dOut.column === dGate.column),
    'dGate in the buffer of dOut must be the same columns',
  );
  const kernel = { module: 'train/siluGateBackward', conditions: { inPlace, fused } };
  const { width } = gate;
  await recorder.dispatch(kernel, {
    params: {
      ...{ rows, width },
      ...{ gateStride: gate.stride, gateColumn: gate.column },
      ...{ upStride: up.stride, upColumn: up.column },
      ...{ dOutStride: dOut.stride, dOutColumn: dOut.column },
      ...{ dGateStride: dGate.stride, dGateColumn: dGate.column },
      ...{ dUpStride: dUp.stride, dUpColumn: dUp.column },
    },
    bindings: {
      ...{ gate: gate.buffer, up: up.buffer, dGate: dGate.buffer },
      ...(!fused && { dUp: dUp.buffer }),
      ...(!inPlace && { dOut: dOut.buffer }),
    },
    threads: rows * Math.ceil(width / 4),
    cost: 25 * rows * width,
  });
}
