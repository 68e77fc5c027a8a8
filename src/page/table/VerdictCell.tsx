import type { LabRecord } from '../../lab/results/record';
import { useLab } from '../app/usePage';
import { OUTCOMES, verdictSentence } from '../records/verdict';

/** Shows the verdict with the comparison as tooltip, or "pending" until the run has measured the opponent. */
export function VerdictCell({ record }: { record: LabRecord }) {
  const pending = useLab(
    ({ run }) => run?.status === 'running' && run.plan.verdict && run.finished.includes(record.codec.spec),
  );
  if (record.role !== 'codec') return <span className="missing">–</span>;
  if (!record.verdict) return <span className="missing">{pending ? 'pending' : '–'}</span>;
  const { sign, word } = OUTCOMES[record.verdict.outcome];
  return (
    <span className={`verdict verdict-${record.verdict.outcome}`} title={verdictSentence(record)}>
      <span aria-hidden="true">{sign}</span> {word}
    </span>
  );
}
