import { duration, fixed, significant } from '../../../src/base/format';
import type { LabRecord } from '../../../src/lab/results/record';
import type { StepReport } from '../../../src/train/trainer';

/** Returns the text of a training step: its number, loss, gradient norm and time. */
export function stepText({ step, loss, nll, gradientNorm, milliseconds }: StepReport): string {
  const distilled = loss === nll ? '' : ` (nll ${fixed(nll, 3)})`;
  return `step ${step}, loss ${fixed(loss, 3)}${distilled}, gradient ${significant(gradientNorm)}, ${duration(milliseconds)}`;
}

/** Returns the measured quality of a record. */
export function qualityText({ quality }: LabRecord): string {
  return quality.task === 'perplexity'
    ? `perplexity ${fixed(quality.value, 3)}`
    : `accuracy ${fixed(100 * quality.value, 2)} %, loss ${fixed(quality.loss ?? NaN, 3)}`;
}
