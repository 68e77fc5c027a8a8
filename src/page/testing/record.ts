import type { LabRecord } from '../../lab/results/record';
import { sampleRecord } from '../../testing/sampleRecord';

type Part<T> = { [K in keyof T]?: T[K] extends object ? Partial<T[K]> : T[K] };

/** Returns a complete record for tests, with the given parts replaced one level deep. */
export function record(over: Part<LabRecord>): LabRecord {
  const base = sampleRecord({ validity: [] });
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = (base as Record<string, unknown>)[key];
    merged[key] = isPlain(old) && isPlain(value) ? { ...old, ...value } : value;
  }
  return merged as unknown as LabRecord;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
