import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext, TokenLayout } from '../../runtime/ops/context';
import { checkGradient } from './product';

/** The backward pass of learned positions. */
export interface PositionsBackwardCall {
  /** dL/d of the sum, [sequences · length, width]. */
  dy: ActivationView;
  /** The table's gradient, float32 [positions, width], to which this adds. */
  dTable: GPUBuffer;
  /** Row of the table for position 0; default 0. */
  offset?: number;
  layout: TokenLayout;
}

/**
 * Records dTable[offset + position(t)] += dy[t], summed in the order of the sequences.
 * @throws LabError limit when dTable exceeds one binding
 */
export async function recordPositionsBackward(
  { gpu, recorder }: RecordContext,
  { dy, dTable, offset = 0, layout: { sequences, length, state } }: PositionsBackwardCall,
): Promise<void> {
  checkGradient(gpu, dTable);
  const { width } = dy;
  await recorder.dispatch('train/positionsBackward', {
    params: { sequences, length, width, offset, dyStride: dy.stride, dyColumn: dy.column },
    bindings: { state, dy: dy.buffer, dTable },
    threads: length * Math.ceil(width / 4),
    cost: 2 * sequences * length * width,
  });
}
