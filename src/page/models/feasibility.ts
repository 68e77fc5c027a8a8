import { canRun, estimateMemory, type DeviceLimits } from '../../lab/estimate/memory';
import type { Page } from '../app/page';

/** Browsers report the machine's memory in GiB, rounded, and never more than 8. */
type WithMemory = Navigator & { deviceMemory?: number };

/** Keeps the assessment of whether this device can run the plan up to date, for models that do not ship. */
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
  const { deviceMemory } = navigator as WithMemory;
  return {
    maxBindingBytes: device.maxBindingBytes,
    software: device.info.software,
    ...(deviceMemory && { memoryBytes: deviceMemory * 2 ** 30 }),
  };
}
