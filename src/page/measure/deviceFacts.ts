import type { DeviceSummary } from '../../../workers/labCalls';

export interface DeviceFact {
  label: string;
  /** Undefined = a plain fact; otherwise whether the device has it. */
  has?: boolean;
  title: string;
}

/** The adapter by its own account, shortest telling form: "nvidia ada-lovelace", or the description. */
export function adapterTitle({ info }: DeviceSummary): string {
  const parts = [info.vendor, info.architecture].filter((part) => part !== '');
  return parts.join(' ') || info.description || info.device || 'unnamed adapter';
}

export function deviceFacts({ info, features }: DeviceSummary): DeviceFact[] {
  const lanes =
    info.subgroupMaxSize > 0 && info.subgroupMinSize !== info.subgroupMaxSize
      ? ` ${info.subgroupMinSize}–${info.subgroupMaxSize}`
      : info.subgroupMaxSize > 0
        ? ` ${info.subgroupMaxSize}`
        : '';
  return [
    info.software
      ? { label: 'software', title: 'Computes on the CPU: quality counts, speed does not.' }
      : { label: 'hardware', title: 'A real graphics processor: quality and speed count.' },
    { label: 'f16', has: features.f16, title: 'Half-precision arithmetic in shaders' },
    {
      label: `subgroups${features.subgroups ? lanes : ''}`,
      has: features.subgroups,
      title: 'Lanes that exchange values without memory',
    },
    { label: 'timestamps', has: features.timestamps, title: 'GPU-side timers' },
  ];
}
