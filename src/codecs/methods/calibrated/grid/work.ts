import type { EncodeWork, MatrixShape } from '../../../contract/codec';
import type { CodecOptions } from '../../../contract/meta';
import { feedbackWork } from '../../../kit/errorFeedback/work';

/** Operations per weight of the trellis beside those of rounding to the nearest. */
const TRELLIS = 160;

export function gridWork(shape: MatrixShape, { rounding, trellis }: CodecOptions): EncodeWork {
  const feedback = feedbackWork(shape, { ...(trellis === true && { rounding: TRELLIS }) });
  if (rounding !== 'nearest') return feedback;
  return { ...feedback, gpu: (trellis === true ? TRELLIS + 32 : 72) * shape[0] * shape[1], sharedHost: 0 };
}
