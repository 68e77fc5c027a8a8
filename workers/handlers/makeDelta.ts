import { makeBlobDelta } from '../../src/platform/browser/modelDelta';
import type { LabHandler } from './context';

/** Makes the delta from a model to its fine-tune. */
export const handleMakeDelta: LabHandler<'makeDelta'> = async (
  { base, tuned, choice },
  { modelFiles, signal, report },
) =>
  makeBlobDelta({ base: await modelFiles(base), tuned: await modelFiles(tuned) }, choice, {
    signal,
    onProgress: (fraction, step) => report({ fraction, step }),
  });
