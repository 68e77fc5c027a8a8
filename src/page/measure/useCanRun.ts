import { useLab, useModels, usePage, usePlans } from '../app/usePage';
import { canStart } from '../store/lab';
import { canRunPlan } from './commands';

/** Returns whether the plan's model can be run now, and renders again when that changes. */
export function useCanRun(): boolean {
  const page = usePage();
  useLab(canStart);
  useModels((s) => s);
  usePlans((s) => s.plan);
  return canRunPlan(page);
}
