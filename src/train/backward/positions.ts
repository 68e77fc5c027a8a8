import type { ActivationView } from '../../runtime/linear';
import { groupsFor, type RecordContext, type TokenLayout } from '../../runtime/ops/context';
import { checkGradient } from './product';

/** Learned positions backwards. */
export interface PositionsBackwardCall {
  /** [sequences · length, width] */
  dy: ActivationView;
  /** float32 [positions, width]; adds to it. */
  dTable: GPUBuffer;
  layout: TokenLayout;
}

/**
 * Records dTable[position(t)] += dy[t], the sequences in their order.
 * @throws LabError limit when dTable exceeds one binding
 */
export async function recordPositionsBackward(
  { gpu, recorder }: RecordContext,
  { dy, dTable, layout: { sequences, length, state } }: PositionsBackwardCall,
): Promise<void> {
  checkGradient(gpu, dTable);
  const kernel = await gpu.kernels.get({ module: 'train/positionsBackward' });
  const { width } = dy;
  recorder.dispatch(kernel, {
    params: { sequences, length, width, dyStride: dy.stride, dyColumn: dy.column },
    bindings: { state, dy: dy.buffer, dTable },
    workgroups: groupsFor(length * Math.ceil(width / 4)),
    cost: 2 * sequences * length * width,
  });
}
