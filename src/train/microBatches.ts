import { LabError } from '../base/errors';
import { IGNORE, type TrainingBatch } from './gradientPass';
import type { TrainOptions } from './options';

/**
 * Splits a step's batch into passes of `microBatch` sequences, each with its share of the targets that are not IGNORE, so that
 * all targets have equal weight. Passes without targets are left out.
 * @throws LabError bad-input when the batch does not have `batch` sequences, or has no targets
 */
export function microBatches(
  { input, targets }: TrainingBatch,
  { batch, microBatch }: Pick<TrainOptions, 'batch' | 'microBatch'>,
): { batch: TrainingBatch; share: number }[] {
  if (input.length === 0 || input.length % batch !== 0 || targets.length % batch !== 0)
    throw bad(
      `The batch has ${input.length} numbers and ${targets.length} targets, which are not multiples of ${batch} sequences.`,
    );
  const passes = batch / microBatch;
  const [inputCount, targetCount] = [input.length / passes, targets.length / passes];
  const counted = (of: Uint32Array) => of.reduce((sum, target) => sum + Number(target !== IGNORE), 0);
  const total = counted(targets);
  if (total === 0) throw bad('The batch has no targets.');
  return Array.from({ length: passes }, (_, i) => {
    const part = targets.slice(i * targetCount, (i + 1) * targetCount);
    const share = counted(part) / total;
    return { batch: { input: input.slice(i * inputCount, (i + 1) * inputCount), targets: part }, share };
  }).filter(({ share }) => share > 0);
}

function bad(message: string): LabError {
  return new LabError('bad-input', message, 'Check the training data.');
}
