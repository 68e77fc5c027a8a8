import type { RecordContext } from '../../runtime/ops/context';
import { recordColumnSums } from './columnSums';
import { normVariant, recordNormBackward, type NormBackwardCall } from './norm';

/** Records the gradients of (x − μ) ÷ √(σ² + ε) · weight + bias and adds them to dx, dWeight and dBias (float32 [width]). */
export async function recordLayerNormBackward(
  context: RecordContext,
  { dBias, ...call }: NormBackwardCall & { dBias: GPUBuffer },
  variant = normVariant(context),
): Promise<void> {
  await recordNormBackward(context, call, true, variant);
  await recordColumnSums(context, call.dy, dBias, call.rows);
}
