import { grouped } from '../../base/format';
import type { PausedRun } from '../../platform/browser/pausedTraining';
import { useLab, usePage, useTrain } from '../app/usePage';
import { canBegin } from '../store/lab';
import { discardTraining, resumeTraining } from './commands';
import { STAGE_WORDS } from './view';

/** Lists the runs that were interrupted and can be resumed from their last checkpoint. */
export function Paused() {
  const runs = useTrain((s) => s.paused);
  return (
    <ul className="paused" aria-label="Runs that can be resumed">
      {runs.map((run) => (
        <PausedItem key={run.model} run={run} />
      ))}
    </ul>
  );
}

function PausedItem({ run }: { run: PausedRun }) {
  const page = usePage();
  const free = useLab(canBegin);
  const { model, stage, step, savedAt, fields } = run;
  const settings = Object.entries(fields).map(([key, text]) => `${key} ${text}`);
  return (
    <li>
      <p>
        <strong>{model}</strong>, {STAGE_WORDS[stage]}: stopped after step {grouped(step)}.{' '}
        <span className="soft">
          {settings.length > 0 ? `${settings.join(', ')}; ` : ''}kept in this browser since{' '}
          {new Date(savedAt).toLocaleString()}
        </span>
      </p>
      <button
        type="button"
        className="primary"
        disabled={!free}
        onClick={() => void resumeTraining(page, run)}
      >
        Resume
      </button>
      <button type="button" className="small danger" onClick={() => void discardTraining(page, run)}>
        Discard
      </button>
    </li>
  );
}
