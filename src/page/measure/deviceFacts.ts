import type { DeviceSummary } from '../../../workers/labCalls';

export interface DeviceFact {
  label: string;
  /** Whether the device has the feature; undefined for a fact that is no feature. */
  has?: boolean;
  title: string;
}

/** Returns a short name of the adapter as it describes itself: "nvidia ada-lovelace", or its description. */
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
      ? { label: 'software', title: 'This adapter computes on the CPU: quality counts, speed does not.' }
      : { label: 'hardware', title: 'A hardware graphics processor: quality and speed both count.' },
    { label: 'f16', has: features.f16, title: 'Half-precision arithmetic in shaders' },
    {
      label: `subgroups${features.subgroups ? lanes : ''}`,
      has: features.subgroups,
      title: 'Invocations that exchange values without going through memory',
    },
    { label: 'timestamps', has: features.timestamps, title: 'Times measured by the GPU itself' },
  ];
}
