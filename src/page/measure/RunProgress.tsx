import { formatCodec } from '../../codecs/contract/spec';
import { duration } from '../../base/format';
import { stop } from '../app/activity';
import { useActivity, useLab, usePage } from '../app/usePage';
import { ProgressBar } from '../widgets/ProgressBar';
import type { RunView } from '../store/lab';

/** Shows the progress of the run, with Stop. */
export function RunProgress() {
  const page = usePage();
  const stopping = useActivity('run')?.stopping;
  const run = useLab((s) => s.run);
  if (!run) return null;
  return (
    <>
      <button type="button" className="run stop" onClick={() => stop(page)} disabled={stopping}>
        {stopping ? 'Stopping…' : 'Stop'}
      </button>
      <div className="progress">
        <div className="progress-text">
          <Step text={run.progress.step} />
          <span className="times">
            {duration(run.progress.elapsedMs)} · <strong>{duration(run.progress.remainingMs)} left</strong>
          </span>
        </div>
        <ProgressBar label="Run" fraction={run.progress.fraction} />
        <Ticks run={run} />
        <p className="visually-hidden" aria-live="polite">
          {announcement(run)}
        </p>
      </div>
    </>
  );
}

/** Shows the present step in one line. If it is too long, the codec's name is shortened first. */
function Step({ text }: { text: string }) {
  const colon = text.indexOf(': ');
  if (colon < 0) return <span className="step">{text}</span>;
  return (
    <span className="step" title={text}>
      <span>{text.slice(0, colon)}</span>
      <span className="step-doing">{text.slice(colon)}</span>
    </span>
  );
}

/** Shows a mark for each codec of the plan, highlighted once it is measured. */
function Ticks({ run }: { run: RunView }) {
  return (
    <ol className="ticks" aria-label="Codecs">
      {run.plan.codecs.map((codec) => {
        const spec = formatCodec(codec);
        const state = run.finished.includes(spec) ? 'done' : run.failed.includes(spec) ? 'failed' : 'open';
        return (
          <li key={spec} className={`tick tick-${state}`} title={`${spec}: ${TICK_LABELS[state]}`}>
            <span>{spec}</span>
            <span className="visually-hidden">: {TICK_LABELS[state]}</span>
          </li>
        );
      })}
    </ol>
  );
}

const TICK_LABELS = { done: 'measured', failed: 'failed', open: 'pending' } as const;

/** Returns the announcement for screen readers, which changes with each codec and not with each window. */
function announcement({ finished, plan }: RunView): string {
  if (finished.length === 0) return `Running ${plan.codecs.length} codecs.`;
  return `${finished.length} of ${plan.codecs.length} codecs measured; the last one is ${finished.at(-1)}.`;
}
