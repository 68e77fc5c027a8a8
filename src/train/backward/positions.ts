import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext, TokenLayout } from '../../runtime/ops/context';
import { checkGradient } from './product';

/** Learned positions backwards. */
export interface PositionsBackwardCall {
  /** [sequences · length, width] */
  dy: ActivationView;
  /** float32 [positions, width]; adds to it. */
  dTable: GPUBuffer;
  /** Row of the table that position 0 takes; 0 unless given. */
  offset?: number;
  layout: TokenLayout;
}

/**
 * Records dTable[offset + position(t)] += dy[t], the sequences in their order.
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
