import { roughly } from '../../base/format';
import { runDraft } from '../app/runCommands';
import { useActivity, useLab, useModels, usePage, usePlans } from '../app/usePage';
import { later, laterInDialog } from '../parts/later';
import { Modal } from '../parts/Modal';
import { canBegin } from '../store/labStore';
import { declineDownload, presenceOf } from '../store/modelsStore';
import { planSummary } from './summary';
import { RunProgress } from './RunProgress';

const Arrival = later(() => import('../hub/Arrival').then((m) => m.Arrival));
const DownloadQuestion = laterInDialog(() =>
  import('../hub/DownloadQuestion').then((m) => m.DownloadQuestion),
);

/**
 * Run with its estimate; while running, the progress with Stop takes its place. A model that is not here is offered for
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
  const fitness = useModels((s) => s.fitness);
  const ships = useModels((s) => !s.known.has(plan.model));
  const disabled = !free || fitness?.can === 'no' || problem !== null;
  const estimate = blocked
    ? 'not possible here'
    : estimateMs !== null
      ? roughly(estimateMs)
      : booting
        ? 'waiting for the device'
        : ships
          ? 'estimating…'
          : 'time known once it runs';
  return (
    <>
      <button type="button" className="run" disabled={disabled} onClick={() => runDraft(page)}>
        Run
      </button>
      <p className="run-summary">
        <strong className="estimate">{problem ? 'The plan is not valid' : estimate}</strong>
        <span className="soft">{problem ? problem.message : planSummary(plan)}</span>
        {fitness && <span className={fitness.can === 'no' ? 'problem' : 'soft'}>{fitness.text}</span>}
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
