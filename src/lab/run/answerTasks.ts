import type { MeasuredWeights } from '../../evaluate/evaluator';
import { taskRows } from '../estimate/time';
import type { TaskResult } from '../results/taskResult';
import type { PlanEvaluation } from './evaluator';
import type { PlanSession } from './session';

/** Some weights that are evaluated, and asked the plan's tasks if it has any. */
export interface Evaluated {
  weights: MeasuredWeights;
  /** What errors call them. */
  label: string;
  /** Key under which answers are kept; tasks are not asked without it. */
  answersKey?: string;
  /** Whether other answers are compared with these. */
  isBaseline?: boolean;
  evaluate: (onProgress: (done: number, total: number) => void) => Promise<PlanEvaluation>;
}

/** Evaluates some weights, and asks the plan's tasks of them. @throws LabError; Cancelled */
export async function evaluateAndAsk(
  session: PlanSession,
  { weights, label, answersKey, isBaseline, evaluate }: Evaluated,
  signal: AbortSignal | undefined,
  say: (step: string, fraction: number) => void,
): Promise<{ evaluation: PlanEvaluation; tasks?: TaskResult[] }> {
  const tasks = answersKey === undefined ? undefined : session.tasks;
  const share = tasks ? evaluationShare(session) : 1;
  const evaluation = await evaluate((done, total) => say('measuring', (share * done) / total));
  if (!tasks || answersKey === undefined) return { evaluation };
  const onProgress = (done: number, total: number) =>
    say('answering tasks', share + ((1 - share) * done) / total);
  const control = { key: answersKey, label, signal, onProgress };
  return { evaluation, tasks: await tasks.measure(weights, control, isBaseline) };
}

/** The share of the time that the evaluation takes beside the tasks. */
function evaluationShare({ evaluator, tasks }: PlanSession): number {
  const { sequences, length } = evaluator.units;
  return (sequences * length) / (sequences * length + taskRows(tasks!.tokens));
}
