import { runPlan } from '../../src/lab/run/run';
import type { RunStatus } from '../labCalls';
import type { LabHandler } from './context';

/** Runs a plan and reports every event; each record is stored in the browser as soon as it is measured. */
export const handleRun: LabHandler<'run'> = async (plan, { measuringLab, records, signal, report }) => {
  let status: RunStatus = 'stopped';
  for await (const event of runPlan(await measuringLab(signal), plan, { signal, store: await records() })) {
    report(event);
    if (event.type === 'done') status = event.status;
  }
  return status;
};
