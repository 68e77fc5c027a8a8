import { roughly } from '../../lab/format';
import { canRun, runDraft } from '../app/runCommands';
import { useBench, useGeneration, useLab, usePage, usePlans, useTrain } from '../app/usePage';
import { planSummary } from './summary';
import { RunProgress } from './RunProgress';

/** Run with its estimate; while running, the progress with Stop takes its place. */
export function RunBar() {
  const running = useLab((s) => s.phase === 'running');
  return <div className="run-bar">{running ? <RunProgress /> : <Idle />}</div>;
}

function Idle() {
  const page = usePage();
  const plan = usePlans((s) => s.plan);
  const problem = usePlans((s) => s.problem);
  const estimateMs = usePlans((s) => s.estimateMs);
  const phase = useLab((s) => s.phase);
  const blocked = useLab((s) => s.blocked !== null);
  // Read for the re-render: the worker does one thing at a time.
  useBench((s) => s.running);
  useGeneration((s) => s.running);
  useTrain((s) => s.running);
  const disabled = !canRun(page) || problem !== null;
  const estimate = blocked
    ? 'not possible here'
    : estimateMs === null
      ? phase === 'booting'
        ? 'waiting for the device'
        : 'estimating…'
      : roughly(estimateMs);
  return (
    <>
      <button type="button" className="run" disabled={disabled} onClick={() => runDraft(page)}>
        Run
      </button>
      <p className="run-summary">
        <strong className="estimate">{problem ? 'The plan is not valid' : estimate}</strong>
        <span className="soft">{problem ? problem.message : planSummary(plan)}</span>
        <LastRun />
      </p>
    </>
  );
}

/** How the last run ended, until the next one. */
function LastRun() {
  const run = useLab((s) => s.run);
  if (!run || run.status === 'running' || run.status === 'failed') return null;
  const counts = `${run.finished.length} of ${run.plan.codecs.length} codecs`;
  const word = run.status === 'stopped' ? `Stopped: ${counts} kept` : `Done: ${counts}`;
  return (
    <span className="last-run" role="status">
      {word}
      {run.failed.length > 0 && `, ${run.failed.length} failed`}.
    </span>
  );
}
