import type { DeviceSummary } from '../../../workers/labCalls';

/** A fact or a feature of the device. */
export interface DeviceFact {
  label: string;
  /** Whether the device supports the feature; undefined for a fact that is not a feature. */
  supported?: boolean;
  title: string;
}

/** Returns a short name of the adapter as it describes itself: "nvidia ada-lovelace", or its description. */
export function adapterTitle({ info }: DeviceSummary): string {
  const parts = [info.vendor, info.architecture].filter((part) => part !== '');
  return parts.join(' ') || info.description || info.device || 'unnamed adapter';
}

/** Returns the facts that the page shows about the device. */
export function deviceFacts({ info, features }: DeviceSummary): DeviceFact[] {
  const sizes =
    info.subgroupMaxSize > 0 && info.subgroupMinSize !== info.subgroupMaxSize
      ? ` ${info.subgroupMinSize}–${info.subgroupMaxSize}`
      : info.subgroupMaxSize > 0
        ? ` ${info.subgroupMaxSize}`
        : '';
  return [
    info.software
      ? {
          label: 'software',
          title: 'This adapter computes on the CPU: quality is valid, speed is not comparable.',
        }
      : { label: 'hardware', title: 'A hardware GPU: quality and speed are both valid.' },
    { label: 'f16', supported: features.f16, title: 'Half-precision arithmetic in shaders' },
    {
      label: `subgroups${features.subgroups ? sizes : ''}`,
      supported: features.subgroups,
      title: 'Shader invocations can exchange values without going through memory',
    },
    { label: 'timestamps', supported: features.timestamps, title: 'The GPU itself can measure times' },
  ];
}
