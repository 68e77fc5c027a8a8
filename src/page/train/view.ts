import type { TrainMessage } from '../../../workers/labCalls';
import type { PausedRun } from '../../platform/browser/pausedTraining';
import type { TrainResultKind } from '../../lab/train/events';
import { TRAIN_STAGES, type TrainStage, type TrainPlan } from '../../lab/train/plan';
import type { TrainView } from '../store/train';

/** The page's names for stages. */
export const STAGE_WORDS: Readonly<Record<TrainStage, string>> = {
  fresh: 'float32 from scratch',
  qat: 'rounded to three values',
  control: 'float32 control',
};

/** The page's names for measurements. */
export const MEASUREMENT_WORDS: Readonly<Record<TrainResultKind, string>> = {
  baseline: 'float32',
  ptq: 'rounded, not trained',
  fresh: STAGE_WORDS.fresh,
  qat: 'trained with rounding',
  control: STAGE_WORDS.control,
};

/** Returns the view of a run at its start; a resumed run shows the steps up to its checkpoint. */
export function startView(plan: TrainPlan, resume?: PausedRun): TrainView {
  const steps = resume?.steps ?? [];
  return { plan, steps, doing: 'Starting', results: new Map(), status: 'running' };
}

/** Returns the view after a message of the worker. */
export function onTrainMessage(view: TrainView, message: TrainMessage): TrainView {
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

/** The number of last steps from whose times the remaining time is estimated. */
const RECENT = 20;

/** Returns how many steps of all stages are done, and how long the others will take; measuring is not included. */
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

/** Returns the place of a stage among those that run, such as "2 of 2". */
export function stagePlace({ stages }: TrainPlan, stage: TrainStage): string {
  const running = TRAIN_STAGES.filter((each) => stages[each]);
  return `${running.indexOf(stage) + 1} of ${running.length}`;
}
