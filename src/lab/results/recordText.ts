import { grouped, significant, withInterval } from '../../base/format';
import { DASH } from '../../base/markdown';
import type { LabRecord, Latency } from './record';

/** Formats the percentiles of a latency in milliseconds, with the number of tokens or images: "1.20 / 1.41 / 2.13 (400)". */
export function latencyText({ p50, p95, p99, tokens }: Latency): string {
  return `${[p50, p95, p99].map(({ ms }) => significant(ms)).join(' / ')} (${grouped(tokens)})`;
}

/** Formats the change against the baseline, in per cent or points: "+2.2 [+1.5, +2.9]". */
export function deltaText({ role, quality }: LabRecord): string {
  if (role === 'baseline') return DASH;
  const { value, interval } = withInterval(quality.deltaPercent, quality.deltaPercentCi95);
  return `${value} ${interval}`;
}
