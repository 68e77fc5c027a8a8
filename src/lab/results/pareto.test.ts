import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paretoFrontier, type SizedQuality } from './pareto';

const beats = (a: SizedQuality, b: SizedQuality, sign: number) =>
  a.size <= b.size &&
  sign * a.quality <= sign * b.quality &&
  (a.size < b.size || sign * a.quality < sign * b.quality);

/** Small integers make ties frequent. */
const points = fc.array(fc.record({ size: fc.nat(12), quality: fc.nat(12) }), { maxLength: 30 });

test.each(['lower', 'higher'] as const)(
  'the frontier is exactly what nothing beats (%s is better)',
  (better) => {
    const sign = better === 'lower' ? 1 : -1;
    fc.assert(
      fc.property(points, (all) => {
        const frontier = new Set(paretoFrontier(all, better));
        for (const point of all)
          expect(frontier.has(point)).toBe(!all.some((other) => beats(other, point, sign)));
      }),
    );
  },
);

test('it runs from small to large, whatever the order of the points', () => {
  fc.assert(
    fc.property(points, (all) => {
      const frontier = paretoFrontier(all, 'lower');
      expect(paretoFrontier([...all].reverse(), 'lower')).toEqual(frontier);
      const sizes = frontier.map((p) => p.size);
      expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    }),
  );
});

test('equal points stay together; values that are not finite are left out', () => {
  const twin = { size: 4, quality: 10 };
  expect(paretoFrontier([twin, { ...twin }, { size: 4, quality: 11 }], 'lower')).toHaveLength(2);
  expect(
    paretoFrontier(
      [
        { size: 1, quality: NaN },
        { size: 2, quality: Infinity },
      ],
      'higher',
    ),
  ).toEqual([]);
});
