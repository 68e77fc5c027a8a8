import { duration, fixed, grouped } from '../../base/format';
import { stop } from '../app/activity';
import { useActivity, usePage, useTrain } from '../app/usePage';
import { ProgressBar } from '../widgets/ProgressBar';
import type { TrainView } from '../store/train';
import { stagePosition, STAGE_LABELS, stepsDone } from './view';

/** Shows step, loss and remaining time of the training, with Stop. */
export function TrainProgress() {
  const page = usePage();
  const stopping = useActivity('train')?.stopping;
  const view = useTrain((s) => s.run);
  if (!view) return null;
  const { done, total, remainingMs } = stepsDone(view);
  return (
    <div className="run-bar">
      <button type="button" className="run stop" disabled={stopping} onClick={() => stop(page)}>
        {stopping ? 'Stopping…' : 'Stop'}
      </button>
      <div className="progress">
        <div className="progress-text">
          <span className="step">{stepText(view)}</span>
          <span className="times">
            {remainingMs !== null && <strong>{duration(remainingMs)} of training left</strong>}
          </span>
        </div>
        <ProgressBar label="Training" fraction={done / total} />
        <p className="visually-hidden" aria-live="polite">
          {announcement(view)}
        </p>
      </div>
    </div>
  );
}

/** Returns the announcement for screen readers, which changes with each tenth of a stage and not with each step. */
function announcement({ doing, steps, plan }: TrainView): string {
  const last = steps.at(-1);
  if (doing !== null || !last) return doing ?? 'Starting';
  const share = last.report.step / (plan.stages[last.stage]?.steps ?? 1);
  return `${STAGE_LABELS[last.stage]}: ${10 * Math.floor(10 * share)} % of its steps.`;
}

/** Returns "ternary weights (1 of 2): step 12 of 200, loss 3.214", or what is done between steps. */
function stepText({ doing, steps, plan }: TrainView): string {
  const last = steps.at(-1);
  if (doing !== null || !last) return doing ?? 'Starting';
  const { stage, report } = last;
  const of = grouped(plan.stages[stage]?.steps ?? 0);
  const where = `${STAGE_LABELS[stage]} (${stagePosition(plan, stage)})`;
  return `${where}: step ${grouped(report.step)} of ${of}, loss ${fixed(report.loss, 3)}`;
}
