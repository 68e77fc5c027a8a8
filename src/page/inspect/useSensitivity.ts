import { useStore } from 'zustand';
import type { Sensitivity } from '../../lab/inspect/sensitivity';
import { usePage, usePlans } from '../app/usePage';
import { sensitivityKey } from './commands';

/** Returns the sensitivities of the plan's model and a codec, once they have been measured. */
export function useSensitivity(codec: string): Sensitivity | undefined {
  const plan = usePlans((s) => s.plan);
  const measured = useStore(usePage().inspection, (s) => s.sensitivity);
  return measured?.of === sensitivityKey(plan, codec) ? measured.found : undefined;
}
