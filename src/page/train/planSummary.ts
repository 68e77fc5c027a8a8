import { grouped } from '../../base/format';
import { TRAIN_STAGES, type TrainPlan } from '../../lab/train/plan';
import { STAGE_WORDS } from './view';

/** "200 steps of 4 × 256 tokens each: rounded to three values, float32 control; then measured on tinystories" */
export function trainPlanSummary({ stages, task, data, measure }: TrainPlan): string {
  const running = TRAIN_STAGES.filter((stage) => stages[stage]);
  const { steps, batch, length } = stages[running[0]]!;
  const amount = task === 'language-model' ? `${batch} × ${length} tokens` : `${batch} images`;
  const each = running.length > 1 ? ' each' : '';
  const words = running.map((stage) => STAGE_WORDS[stage]).join(', ');
  return `${grouped(steps)} steps of ${amount}${each} on ${data}: ${words}. Measured on ${measure.data}.`;
}
