import { grouped } from '../../base/format';
import { TRAIN_STAGES, type TrainPlan } from '../../lab/train/plan';
import { STAGE_LABELS } from './view';

/**
 * Returns the plan in a line: "200 steps of 4 × 256 tokens each on D: ternary weights, float32 control. Measured on
 * tinystories."
 */
export function trainPlanSummary({ stages, task, data, measure }: TrainPlan): string {
  const running = TRAIN_STAGES.filter((stage) => stages[stage]);
  const { steps, batch, length } = stages[running[0]]!;
  const amount = task === 'language-model' ? `${batch} × ${length} tokens` : `${batch} images`;
  const each = running.length > 1 ? ' each' : '';
  const words = running.map((stage) => STAGE_LABELS[stage]).join(', ');
  return `${grouped(steps)} steps of ${amount}${each} on ${data}: ${words}. Measured on ${measure.data}.`;
}
