import type { LabRecord } from '../../lab/results/record';
import { checkLimits } from '../../lab/results/limits';
import { useQualityLimit } from '../answer/limit';

const MARKS = {
  holds: { sign: '✓', words: 'within the limit with 95 % confidence', tone: 'limit-holds' },
  unsure: { sign: '?', words: 'perhaps within the limit', tone: '' },
  fails: { sign: ' ', words: 'not within the limit', tone: '' },
} as const;

/** Marks whether a record stays within the limit of the loss. */
export function LimitMark({ record }: { record: LabRecord }) {
  const limit = useQualityLimit();
  if (limit === undefined) return null;
  const { sign, words, tone } = MARKS[checkLimits(record, { increase: limit }).outcome];
  return (
    <span className={`limit-mark ${tone}`} title={words}>
      <span aria-hidden="true">{sign}</span>
      <span className="visually-hidden">{words}</span>
    </span>
  );
}
