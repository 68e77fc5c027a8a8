import type { TrainMessage } from '../../../workers/labCalls';
import type { PausedRun } from '../../platform/browser/pausedTraining';
import type { TrainResultKind } from '../../lab/train/events';
import { TRAIN_STAGES, type TrainStage, type TrainPlan } from '../../lab/train/plan';
import type { TrainView } from '../store/train';

/** Labels of the stages. */
export const STAGE_LABELS: Readonly<Record<TrainStage, string>> = {
  fresh: 'float32 from scratch',
  head: 'float32 with a new classifier',
  qat: 'ternary weights',
  control: 'float32 control',
};

/** Labels of the measurements. */
export const MEASUREMENT_LABELS: Readonly<Record<TrainResultKind, string>> = {
  baseline: 'float32',
  ptq: 'ternary, not trained',
  fresh: STAGE_LABELS.fresh,
  head: STAGE_LABELS.head,
  qat: 'ternary, trained',
  control: STAGE_LABELS.control,
};

/** Returns the initial view of a run. A resumed run includes the steps up to its checkpoint. */
export function initialTrainView(plan: TrainPlan, resume?: PausedRun): TrainView {
  const steps = resume?.steps ?? [];
  return { plan, steps, doing: 'Starting', results: new Map(), status: 'running' };
}

/** Returns the view after a message from the worker. */
export function applyTrainMessage(view: TrainView, message: TrainMessage): TrainView {
  switch (message.type) {
    case 'progress':
      return { ...view, doing: message.step };
    case 'steps':
      return { ...view, doing: null, steps: [...view.steps, ...message.steps] };
    case 'record': {
      return { ...view, results: new Map(view.results).set(message.kind, message) };
    }
    case 'done':
      return { ...view, doing: null, status: message.status };
    case 'started':
    case 'checkpoint':
    case 'unsaved':
      return view;
  }
}

/** Number of latest steps from which the remaining time is estimated. */
const RECENT = 20;

/** Returns the number of steps done in all stages, their total, and the remaining time without measurements. */
export function stepsDone({ plan, steps }: Pick<TrainView, 'plan' | 'steps'>): {
  done: number;
  total: number;
  remainingMs: number | null;
} {
  const total = TRAIN_STAGES.reduce((sum, stage) => sum + (plan.stages[stage]?.steps ?? 0), 0);
  const recent = steps.slice(-RECENT);
  const msPerStep = recent.reduce((sum, { report }) => sum + report.milliseconds, 0) / recent.length;
  const remainingMs = recent.length > 0 ? (total - steps.length) * msPerStep : null;
  return { done: steps.length, total, remainingMs };
}

/** Returns the position of a stage among those of the plan, such as "2 of 2". */
export function stagePosition({ stages }: TrainPlan, stage: TrainStage): string {
  const running = TRAIN_STAGES.filter((each) => stages[each]);
  return `${running.indexOf(stage) + 1} of ${running.length}`;
}
