import { canRun, estimateMemory, type DeviceLimits } from '../../lab/estimate/memory';
import { measuresOnCpu } from '../../lab/compute';
import { MAX_WEIGHT_BYTES } from '../../platform/browser/onnxRuntime';
import type { Page } from '../app/page';

/** Adds the memory of the machine in GiB, which browsers round and limit to 8. */
type WithMemory = Navigator & { deviceMemory?: number };

/** Without an adapter all memory is main memory, in pieces of any size. */
const NO_ADAPTER: DeviceLimits = { maxBindingBytes: Infinity, software: true };

/** Updates the assessment of whether this device can run the plan, for models that are not embedded. */
export function watchFeasibility(page: Page): void {
  const compute = (): void => {
    const { plan } = page.plans.getState();
    const { known, feasibility: before } = page.models.getState();
    const model = known.get(plan.model);
    const device = limitsOf(page);
    if (!model?.shape || !device) {
      if (before) page.models.setState({ feasibility: null });
      return;
    }
    const memory = estimateMemory(model.shape, plan, device, model.resident);
    const next = canRun(model.shape, plan, device, memory);
    if (next.text !== before?.text) page.models.setState({ feasibility: next });
  };
  compute();
  page.plans.subscribe((now, before) => now.plan !== before.plan && compute());
  page.models.subscribe((now, before) => now.known !== before.known && compute());
  page.lab.subscribe((now, before) => {
    const keys = ['device', 'compute', 'selfCheck'] as const;
    if (keys.some((key) => now[key] !== before[key])) compute();
  });
}

function limitsOf({ lab }: Page): DeviceLimits | undefined {
  const { device, compute, selfCheck } = lab.getState();
  if (!device) return undefined;
  const adapter = device === 'none' || selfCheck?.agrees === false ? undefined : device;
  const limits = adapter
    ? { maxBindingBytes: adapter.maxBindingBytes, software: adapter.info.software }
    : NO_ADAPTER;
  const cpu = measuresOnCpu(compute, adapter);
  const { deviceMemory } = navigator as WithMemory;
  return {
    ...limits,
    ...(cpu && { cpu, cpuWeightBytes: MAX_WEIGHT_BYTES }),
    ...(deviceMemory && { memoryBytes: deviceMemory * 2 ** 30 }),
  };
}
