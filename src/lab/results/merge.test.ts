import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import { mergeRuns, speedSample, type MeasuredRuns } from './merge';
import type { LabRecord } from './record';

const runOf = (...records: LabRecord[]): MeasuredRuns => ({ records, speeds: records.map(speedSample) });
const base = sampleRecord();
const verdict: LabRecord['verdict'] = {
  ...{ opponent: 'rtn(bits=3)', slack: 1, outcome: 'better', difference: -0.1, ci95: [-0.2, -0.05] },
};

/** Records of three keys, whose figures depend on the key, and all else on the machine. */
const record = fc
  .record({
    runKey: fc.constantFrom('a', 'b', 'c'),
    role: fc.constantFrom('codec' as const, 'opponent' as const),
    second: fc.integer({ min: 10, max: 59 }),
    encodeMs: fc.integer({ min: 1, max: 3 }),
    judged: fc.boolean(),
  })
  .map(({ runKey, role, second, encodeMs, judged }) => ({
    ...base,
    ...{ runKey, id: runKey, role, startedAt: `2026-01-02T03:04:${second}.000Z` },
    quality: { ...base.quality, value: runKey.charCodeAt(0) },
    speed: { ...base.speed, encodeMs },
    verdict: judged ? verdict : undefined,
  }));
const run = fc.array(record, { maxLength: 5 }).map((records) => runOf(...records));

test('joining depends neither on the order nor on what is joined first, and joining again changes nothing', () => {
  fc.assert(
    fc.property(run, run, run, (a, b, c) => {
      const all = mergeRuns([a, b, c]);
      expect(mergeRuns([c, a, b])).toEqual(all);
      expect(mergeRuns([mergeRuns([a, b]), c])).toEqual(all);
      expect(mergeRuns([a, mergeRuns([b, c])])).toEqual(all);
      expect(mergeRuns([all, all, b])).toEqual(all);
    }),
  );
});

test('a record with a verdict is kept, a codec rather than an opponent, and the speeds of both', () => {
  const early = { ...base, role: 'opponent' as const, verdict: undefined };
  const late = { ...base, startedAt: '2027-01-01T00:00:00.000Z', verdict: undefined };
  const judged = { ...early, startedAt: '2028-01-01T00:00:00.000Z', verdict };
  expect(mergeRuns([runOf(early), runOf(late)]).records).toEqual([late]);
  const merged = mergeRuns([runOf(early), runOf(late), runOf(judged)]);
  expect(merged.records).toEqual([judged]);
  expect(merged.speeds.map(({ startedAt }) => startedAt)).toEqual(
    [early, late, judged].map(({ startedAt }) => startedAt),
  );
});

test.each([
  ['artefactSha256', { artefactSha256: 'other' }],
  ['size', { size: { ...base.size, totalBytes: 1 } }],
  ['quality', { quality: { ...base.quality, value: 14.532188 } }],
  ['samples', { samples: [] }],
])('two figures of %s for one key are a conflict that names both machines', (field, change) => {
  const environment = { ...base.environment, adapter: 'another adapter' };
  const other = { ...base, startedAt: '2027-01-01T00:00:00.000Z', environment, ...change };
  expect(() => mergeRuns([runOf(base), runOf(other)])).toThrow(
    new RegExp(`different ${field}: of 2026.* on llvmpipe.*, and of 2027.* on another adapter`),
  );
});
