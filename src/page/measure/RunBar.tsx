import { approximateDuration } from '../../base/format';
import { runDraft } from './commands';
import { useActivity, useLab, useModels, usePage, usePlans } from '../app/usePage';
import { later, laterInDialog } from '../widgets/later';
import { Modal } from '../widgets/Modal';
import { canBegin } from '../store/lab';
import { declineDownload, presenceOf } from '../store/models';
import { planSummary } from './planSummary';
import { RunProgress } from './RunProgress';

const Arrival = later(() => import('../models/MissingModel').then((m) => m.MissingModel));
const DownloadQuestion = laterInDialog(() =>
  import('../models/DownloadQuestion').then((m) => m.DownloadQuestion),
);

/**
 * Shows Run with its estimate, or the progress with Stop while a plan runs. For a model that is not here it offers the
 * download instead.
 */
export function RunBar() {
  const running = useActivity('run') !== null;
  const model = usePlans((s) => s.draft.model);
  const here = useModels((s) => presenceOf(s, model).state === 'here');
  const { models } = usePage();
  const asking = useModels((s) => s.asking);
  return (
    <div className="run-bar">
      {running ? <RunProgress /> : here ? <Idle /> : <Arrival model={model} />}
      {asking !== null && (
        <Modal title={`Download ${asking}?`} onClose={() => declineDownload(models)}>
          <DownloadQuestion model={asking} />
        </Modal>
      )}
    </div>
  );
}

function Idle() {
  const page = usePage();
  const plan = usePlans((s) => s.plan);
  const problem = usePlans((s) => s.problem);
  const estimateMs = usePlans((s) => s.estimateMs);
  const booting = useLab((s) => s.rest === 'booting');
  const free = useLab(canBegin);
  const blocked = useLab((s) => s.blocked !== null);
  const feasibility = useModels((s) => s.feasibility);
  const ships = useModels((s) => !s.known.has(plan.model));
  const disabled = !free || feasibility?.can === 'no' || problem !== null;
  const estimate = blocked
    ? 'not possible here'
    : estimateMs !== null
      ? approximateDuration(estimateMs)
      : booting
        ? 'waiting for the device'
        : ships
          ? 'estimating…'
          : 'duration unknown until it runs';
  return (
    <>
      <button type="button" className="run" disabled={disabled} onClick={() => runDraft(page)}>
        Run
      </button>
      <p className="run-summary">
        <strong className="estimate">{problem ? 'The plan is not valid' : estimate}</strong>
        <span className="soft">{problem ? problem.message : planSummary(plan)}</span>
        {feasibility && (
          <span className={feasibility.can === 'no' ? 'problem' : 'soft'}>{feasibility.text}</span>
        )}
        <LastRun />
      </p>
    </>
  );
}

/** Says how the last run ended, until the next one begins. */
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
