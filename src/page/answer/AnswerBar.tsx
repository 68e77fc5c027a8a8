import { useMemo } from 'react';
import { decide, decisionGroups } from '../../lab/decide/decide';
import { headline } from '../../lab/decide/headline';
import { useActivity, useValues } from '../app/usePage';
import type { ShownRecords } from '../app/useShownRecords';
import { requestOf } from '../decide/draft';
import { lazyComponent } from '../widgets/lazyComponent';
import { LimitControl } from './LimitControl';
import { useQualityLimit } from './limit';
import './answer.css';

const Downloads = lazyComponent(() => import('../inspector/Downloads').then((m) => m.Downloads));

/** Says in one sentence what the records amount to: the smallest file within the limit of the loss, and offers that file. */
export function AnswerBar({ shown }: { shown: ShownRecords }) {
  const values = useValues('decide');
  const limit = useQualityLimit();
  const running = useActivity('run') !== null;
  const [group, ...others] = useMemo(
    () => decisionGroups(shown.entries.map(({ record }) => record)),
    [shown.entries],
  );
  const found = useMemo(
    () =>
      headline(decide(group, { limits: limit === undefined ? {} : { increase: limit }, prefer: 'bytes' })),
    [group, limit],
  );
  const parsed = requestOf(values);
  if ('problem' in parsed)
    return (
      <p className="problem" role="alert">
        <strong>{parsed.problem.message}</strong> {parsed.problem.remedy}
      </p>
    );
  if (!found) return null;
  const entry = shown.entries.find(({ record }) => record === found.record);
  return (
    <section className="answer-bar" aria-label="Answer">
      <p className="answer" role="status">
        {running && !shown.example && <span className="badge">so far</span>}{' '}
        {found.sentence.map((part, i) =>
          typeof part === 'string' ? part : <code key={i}>{part.codec}</code>,
        )}
        {others.length > 0 && ` Measured on ${group.device}.`}
      </p>
      <div className="answer-tools">
        <LimitControl task={found.record.quality.task} limit={limit} />
        {entry && !running && <Downloads key={found.record.id} entry={entry} label="File of the answer" />}
      </div>
    </section>
  );
}
