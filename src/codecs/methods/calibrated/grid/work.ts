import type { EncodeWork } from '../../../contract/codec';
import { feedbackWork } from '../../../kit/errorFeedback/work';
import type { GridLayout } from './layout';

/** Operations per weight of the trellis in addition to those of rounding to the nearest. */
const TRELLIS = 160;

export function gridWork({ rows, columns, feedback, trellis }: GridLayout): EncodeWork {
  const work = feedbackWork([rows, columns], trellis ? { rounding: TRELLIS } : {});
  if (feedback) return work;
  return { ...work, gpu: (trellis ? TRELLIS + 32 : 72) * rows * columns, sharedHost: 0 };
}
