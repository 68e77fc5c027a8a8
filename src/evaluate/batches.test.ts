import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchSize, rowRuns, textBatches } from './batches';
import { planWindows } from './windows';

test('batches score every token of the plan once, in order, each row against its successor', async () => {
  const context = 8;
  const ids = Uint32Array.from({ length: 61 }, (_, i) => i);
  for (const protocol of [
    { kind: 'windows', context, stride: context },
    { kind: 'sliding', context, stride: 3 },
  ] as const) {
    const plan = planWindows(ids.length, protocol);
    const batches = textBatches(ids, plan, 3);
    expect(batches.reduce((sum, { items }) => sum + items, 0)).toBe(plan.windows.length);
    const scored: number[] = [];
    for (const batch of batches) {
      const input = await batch.input();
      expect(input).toHaveLength(3 * context);
      const rows = batch.segments.flatMap((s) => Array.from({ length: s.rows }, (_, i) => s.firstRow + i));
      // Ids are positions, so a row's own token plus one is the token it predicts.
      expect(rows.map((row) => input[row] + 1)).toEqual([...batch.targets]);
      scored.push(...batch.targets);
    }
    const expected = plan.windows.flatMap(({ start, firstScored }) =>
      Array.from({ length: start + context - firstScored }, (_, i) => firstScored + i),
    );
    expect(scored).toEqual(expected);
  }
});

test('row runs cover a range of the concatenated segments once and in order', () => {
  const segment = fc.record({ firstRow: fc.nat(100), rows: fc.integer({ min: 1, max: 20 }) });
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 8 }),
      fc.nat(60),
      fc.nat(60),
      (segments, first, rows) => {
        const all = segments.flatMap((s) => Array.from({ length: s.rows }, (_, i) => s.firstRow + i));
        const found: number[] = [];
        for (const run of rowRuns(segments, first, rows)) {
          expect(run.target).toBe(found.length);
          for (let i = 0; i < run.rows; i++) found.push(run.source + i);
        }
        expect(found).toEqual(all.slice(first, first + rows));
      },
    ),
  );
});

test('batch sizes stay within the limit and waste less than one batch', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: 2048 }),
      fc.integer({ min: 1, max: 64 }),
      fc.boolean(),
      (items, rows, fit, software) => {
        const size = batchSize(items, rows, fit, software);
        expect(size).toBeGreaterThanOrEqual(1);
        expect(size).toBeLessThanOrEqual(fit);
        expect(size * Math.ceil(items / size) - items).toBeLessThan(size);
        if (items >= 4) expect(Math.ceil(items / size)).toBeGreaterThanOrEqual(4 - 1);
      },
    ),
  );
});
