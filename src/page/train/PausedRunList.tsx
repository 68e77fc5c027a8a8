import { grouped } from '../../base/format';
import type { PausedRun } from '../../platform/browser/pausedTraining';
import { useLab, usePage, useTrain } from '../app/usePage';
import { canStart } from '../store/lab';
import { discardTraining, resumeTraining } from './commands';
import { STAGE_LABELS } from './view';

/** Lists the interrupted runs, which can be resumed from their last checkpoint. */
export function PausedRunList() {
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
  const free = useLab(canStart);
  const { model, stage, step, savedAt, fields } = run;
  const settings = Object.entries(fields).map(([key, text]) => `${key} ${text}`);
  return (
    <li>
      <p>
        <strong>{model}</strong>, {STAGE_LABELS[stage]}: stopped after step {grouped(step)}.{' '}
        <span className="soft">
          {settings.length > 0 ? `${settings.join(', ')}; ` : ''}stored in this browser on{' '}
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
