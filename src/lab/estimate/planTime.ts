import { estimateTime } from './time';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';
import { PlanSession } from '../run/session';

/**
 * How long a plan will take on this device, in milliseconds: loads the model, times one batch of the plan's own windows
 * or images, and multiplies by the plan's operation counts. Aimed within 2× of what the run takes.
 */
export async function estimatePlan(lab: Lab, plan: Plan, signal?: AbortSignal): Promise<number> {
  const session = await PlanSession.open(lab, plan, signal);
  try {
    const { model, evaluator, deviceSpeed, tasks } = session;
    return (await estimateTime(model.shape, plan, evaluator.units, deviceSpeed, tasks?.tokens)).total;
  } finally {
    session.dispose();
  }
}
