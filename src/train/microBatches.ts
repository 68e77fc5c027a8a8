import { LabError } from '../base/errors';
import { IGNORE, type Batch } from './gradientPass';
import type { TrainOptions } from './options';

/**
 * Cuts a step's batch into passes of `microBatch` sequences, each with its share of the targets that count; passes without any
 * are left out, so that the shares weigh every target alike.
 * @throws LabError bad-input when the batch is not of `batch` sequences, or nothing in it counts
 */
export function microBatches(
  { input, targets }: Batch,
  { batch, microBatch }: Pick<TrainOptions, 'batch' | 'microBatch'>,
): { batch: Batch; share: number }[] {
  if (input.length === 0 || input.length % batch !== 0 || targets.length % batch !== 0)
    throw bad(
      `The batch has ${input.length} numbers and ${targets.length} targets, which ${batch} sequences cannot share.`,
    );
  const passes = batch / microBatch;
  const [inputs, wanted] = [input.length / passes, targets.length / passes];
  const counted = (of: Uint32Array) => of.reduce((sum, target) => sum + Number(target !== IGNORE), 0);
  const total = counted(targets);
  if (total === 0) throw bad('No target of the batch counts.');
  return Array.from({ length: passes }, (_, i) => {
    const part = targets.slice(i * wanted, (i + 1) * wanted);
    const share = counted(part) / total;
    return { batch: { input: input.slice(i * inputs, (i + 1) * inputs), targets: part }, share };
  }).filter(({ share }) => share > 0);
}

function bad(message: string): LabError {
  return new LabError('bad-input', message, 'Check the training data.');
}
