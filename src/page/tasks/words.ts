import type { LabRecord } from '../../lab/results/record';

type Metric = NonNullable<LabRecord['tasks']>[number]['metrics'][number];
type Within = NonNullable<Metric['comparison']>['withinTenPercent'];

/** Sign and sentence of each outcome, so that colour alone never carries the meaning. */
export const WITHIN_WORDS: Readonly<Record<Within, { sign: string; sentence: string }>> = {
  holds: { sign: '✓', sentence: 'within 10 % of the baseline, by the whole interval' },
  fails: { sign: '✗', sentence: 'more than 10 % worse than the baseline, by the whole interval' },
  unsure: { sign: '?', sentence: 'the interval does not decide whether it is within 10 % of the baseline' },
};
