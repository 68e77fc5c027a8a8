import { approximateDuration } from '../../base/format';
import { runDraft } from './commands';
import { useActivity, useLab, useModels, usePage, usePlans } from '../app/usePage';
import { lazyComponent, lazyDialogContent } from '../widgets/lazyComponent';
import { sentenceCase } from '../widgets/sentenceCase';
import { Modal } from '../widgets/Modal';
import { canStart } from '../store/lab';
import { declineDownload, availabilityOf } from '../store/models';
import { planSummary } from './planSummary';
import { RunProgress } from './RunProgress';

const MissingModel = lazyComponent(() => import('../models/MissingModel').then((m) => m.MissingModel));
const DownloadConfirmation = lazyDialogContent(() =>
  import('../models/DownloadConfirmation').then((m) => m.DownloadConfirmation),
);

/**
 * Shows Run with its estimate, or the progress with Stop while a plan runs. For a model that is not available it offers the
 * download instead.
 */
export function RunBar() {
  const running = useActivity('run') !== null;
  const model = usePlans((s) => s.draft.model);
  const available = useModels((s) => availabilityOf(s, model).state === 'available');
  const { models } = usePage();
  const confirming = useModels((s) => s.confirming);
  return (
    <div className="run-bar">
      {running ? <RunProgress /> : available ? <RunControl /> : <MissingModel model={model} />}
      {confirming !== null && (
        <Modal title={`Download ${confirming}?`} onClose={() => declineDownload(models)}>
          <DownloadConfirmation model={confirming} />
        </Modal>
      )}
    </div>
  );
}

function RunControl() {
  const page = usePage();
  const plan = usePlans((s) => s.plan);
  const problem = usePlans((s) => s.problem);
  const estimateMs = usePlans((s) => s.estimateMs);
  const booting = useLab((s) => s.idlePhase === 'booting');
  const free = useLab(canStart);
  const blocked = useLab((s) => s.blocked !== null);
  const feasibility = useModels((s) => s.feasibility);
  const isEmbedded = useModels((s) => !s.known.has(plan.model));
  const disabled = !free || feasibility?.can === 'no' || problem !== null;
  const estimate = blocked
    ? 'Not possible on this device'
    : estimateMs !== null
      ? sentenceCase(approximateDuration(estimateMs))
      : booting
        ? 'Waiting for the device'
        : isEmbedded
          ? 'Estimating…'
          : 'Duration not estimated';
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

/** Shows how the last run ended. */
function LastRun() {
  const run = useLab((s) => s.run);
  if (!run || run.status === 'running' || run.status === 'failed') return null;
  const counts = `${run.finished.length} of ${run.plan.codecs.length} codecs measured`;
  const text = run.status === 'stopped' ? `Stopped: ${counts}` : `Done: ${counts}`;
  return (
    <span className="last-run" role="status">
      {text}
      {run.failed.length > 0 && `, ${run.failed.length} failed`}.
    </span>
  );
}
