import { expect, test } from 'vitest';
import type { Entry } from '../store/records';
import { record } from '../testing/record';
import { runsOf } from './runs';

const entry = (id: string, day: number, over: Parameters<typeof record>[0] = {}): Entry => ({
  record: record({ id, startedAt: `2026-01-0${day}T00:00:00.000Z`, ...over }),
  origin: 'stored',
});

test('records of one measurement, device and version are a run, the newest first', () => {
  const found = runsOf([
    entry('a', 1),
    entry('b', 4),
    entry('other device', 2, { environment: { adapter: 'another' } }),
    entry('other version', 3, { environment: { commit: 'def' } }),
    entry('other model', 5, { model: { id: 'gpt2-tinystories' } }),
    { ...entry('imported', 6), origin: 'imported' },
  ]);
  expect(found.map(({ records }) => records.map(({ id }) => id))).toEqual([
    ['imported'],
    ['other model'],
    ['b', 'a'],
    ['other version'],
    ['other device'],
  ]);
  expect(found[0].label).toMatch(
    /^stories260K, tinystories · 32 windows .* \(Node 20\), imported, 0\.1\.0 \(abc\), /,
  );
});
