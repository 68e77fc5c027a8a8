import type { OnnxRuntime } from '../onnx/runtime';
import { measuresOnCpu, type ComputeChoice } from './compute';
import { processorFor, requireGpu, type Lab } from './lab';

/**
 * Makes the lab that measures models. Its adapter is checked first, and the lab does without it if it computes wrongly.
 * @param openRuntime loads the runtime of the CPU. If that fails, `auto` measures on the adapter.
 * @throws LabError for `gpu` without an adapter that computes rightly; what `selfCheck` and `openRuntime` throw; Cancelled
 */
export async function measuringLab(
  opened: Lab,
  choice: ComputeChoice,
  openRuntime: () => Promise<OnnxRuntime>,
  signal?: AbortSignal,
): Promise<Lab> {
  const lab = await checkedLab(opened, signal);
  if (choice === 'gpu') requireGpu(lab, 'Measuring on the GPU');
  if (!measuresOnCpu(choice, lab.gpu)) return lab;
  const canDoWithout = choice === 'auto' && lab.gpu !== undefined;
  const cpu = canDoWithout ? await openRuntime().catch(() => undefined) : await openRuntime();
  return { ...lab, cpu, cpuOnly: choice === 'cpu' };
}

/** Checks the adapter, if there is one, and leaves it out if it computes wrongly. The caller still closes it. */
export async function checkedLab(opened: Lab, signal?: AbortSignal): Promise<Lab> {
  const { gpu } = opened;
  if (!gpu) return opened;
  // Loaded lazily: the page's first screen does not wait for it.
  const { selfCheck } = await import('./selfCheck/selfCheck');
  const outcome = await selfCheck({ ...opened, gpu }, signal);
  const lab = { ...opened, selfCheck: outcome };
  return outcome.agrees ? lab : { ...lab, gpu: undefined, processor: processorFor(undefined) };
}
