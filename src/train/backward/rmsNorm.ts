import type { RecordContext } from '../../runtime/ops/context';
import { normVariant, recordNormBackward, type NormBackwardCall } from './norm';

/** Records the gradients of x ÷ √(mean(x²) + ε) · weight, which are added to dx and dWeight. */
export async function recordRmsNormBackward(
  context: RecordContext,
  call: NormBackwardCall,
  variant = normVariant(context),
): Promise<void> {
  await recordNormBackward(context, call, false, variant);
}
