import { canRun, estimateMemory, type DeviceLimits } from '../../lab/estimate/memory';
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
  page.lab.subscribe((now, before) => now.device !== before.device && compute());
}

function limitsOf({ lab }: Page): DeviceLimits | undefined {
  const { device } = lab.getState();
  if (!device) return undefined;
  const limits =
    device === 'none'
      ? NO_ADAPTER
      : { maxBindingBytes: device.maxBindingBytes, software: device.info.software };
  const { deviceMemory } = navigator as WithMemory;
  return {
    ...limits,
    ...(deviceMemory && { memoryBytes: deviceMemory * 2 ** 30 }),
  };
}
