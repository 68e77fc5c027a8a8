import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { dot, gelu, layerNorm, linear, rmsNorm, rotary, silu } from '../../runtime/reference/math';
import { expectClose } from '../../testing/close';
import { centralDifferences } from './differences';
import { embedBackward } from './embed';
import { geluSlope } from './gelu';
import { layerNormBackward } from './layerNorm';
import { linearBackward } from './linear';
import { patchesBackward, patchPixels } from './patches';
import { positionsBackward } from './positions';
import { rmsNormBackward } from './rmsNorm';
import { rotaryBackward } from './rotary';
import { siluGateBackward } from './siluGate';

/** Steps of 1e-5: 1e-10 of curvature and 1e-11 of rounding, times the slopes of values of size 1 to 10. */
const DIFFERENCE = { abs: 1e-7, rel: 1e-7 };

const normal = (n: number, stream: number) => {
  const random = new KeyedRandom(11, stream);
  return Float64Array.from({ length: n }, () => random.nextNormal());
};
const zeros = (n: number) => new Float64Array(n);
const sizes = fc.integer({ min: 1, max: 9 });
/** A few shapes each, always the same ones. */
const RUNS = { numRuns: 12, seed: 4 };

/** Central differences of y ↦ dy·f(y), the definition of a gradient through f. */
const through = (f: (x: Float64Array) => Float64Array, dy: Float64Array, at: Float64Array) =>
  centralDifferences((x) => dot(dy, f(x)), at);

test('central differences find the slope of a cube and leave the point where it was', () => {
  const at = Float64Array.of(2, -3);
  expectClose(
    centralDifferences((x) => x[0] ** 3 * x[1], at),
    [-36, 8],
    { abs: 1e-6 },
  );
  expect([...at]).toEqual([2, -3]);
});

test('linear: slopes by x, W and b, added to what was there', () => {
  fc.assert(
    fc.property(sizes, sizes, (columns, outputs) => {
      const [x, w, b, dy] = [columns, columns * outputs, outputs, outputs].map(normal);
      const into = {
        dx: zeros(columns).fill(1),
        dWeight: zeros(w.length).fill(2),
        dBias: zeros(outputs).fill(3),
      };
      linearBackward(x, dy, w, into);
      const byX = through((v) => linear(v, w, columns, b), dy, x);
      const byWeight = through((v) => linear(x, v, columns, b), dy, w);
      const byBias = through((v) => linear(x, w, columns, v), dy, b);
      expectClose(
        into.dx,
        byX.map((v) => v + 1),
        DIFFERENCE,
      );
      expectClose(
        into.dWeight,
        byWeight.map((v) => v + 2),
        DIFFERENCE,
      );
      expectClose(
        into.dBias,
        byBias.map((v) => v + 3),
        DIFFERENCE,
      );
    }),
    RUNS,
  );
});

test('layerNorm: slopes by x, w and b', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 17 }), (width) => {
      const [x, w, b, dy] = [width, width, width, width].map(normal);
      const into = { dx: zeros(width), dWeight: zeros(width), dBias: zeros(width) };
      layerNormBackward(x, dy, w, 1e-2, into);
      expectClose(
        into.dx,
        through((v) => layerNorm(v, w, b, 1e-2), dy, x),
        DIFFERENCE,
      );
      expectClose(
        into.dWeight,
        through((v) => layerNorm(x, v, b, 1e-2), dy, w),
        DIFFERENCE,
      );
      expectClose(
        into.dBias,
        through((v) => layerNorm(x, w, v, 1e-2), dy, b),
        DIFFERENCE,
      );
    }),
    RUNS,
  );
});

test('rmsNorm: slopes by x and w', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 17 }), (width) => {
      const [x, w, dy] = [width, width, width].map(normal);
      const into = { dx: zeros(width), dWeight: zeros(width) };
      rmsNormBackward(x, dy, w, 1e-2, into);
      expectClose(
        into.dx,
        through((v) => rmsNorm(v, w, 1e-2), dy, x),
        DIFFERENCE,
      );
      expectClose(
        into.dWeight,
        through((v) => rmsNorm(x, v, 1e-2), dy, w),
        DIFFERENCE,
      );
    }),
    RUNS,
  );
});

test.each(['tanh', 'erf'] as const)('gelu, %s form: the slope from far below to far above zero', (form) => {
  const xs = Float64Array.from({ length: 81 }, (_, i) => (i - 40) / 5);
  const slopes = xs.map((x) => centralDifferences(([v]) => gelu(v, form), [x])[0]);
  // Differences of erf lose 1e-16 ÷ 1e-5 of its 1e-15.
  expectClose(
    xs.map((x) => geluSlope(x, form)),
    slopes,
    { abs: 1e-8 },
  );
});

test('siluGate: slopes by the gate and by what it lets through', () => {
  const [gates, ups, ds] = [1, 2, 3].map((stream) => normal(40, stream).map((v) => 4 * v));
  gates.forEach((gate, i) => {
    const { dGate, dUp } = siluGateBackward(gate, ups[i], ds[i]);
    const slopes = centralDifferences(([g, u]) => ds[i] * silu(g) * u, [gate, ups[i]]);
    expectClose([dGate, dUp], slopes, { abs: 1e-6, rel: 1e-6 });
  });
});

test('rotary: the rotation back', () => {
  const [x, dy] = [1, 2].map((stream) => normal(18, stream));
  const slopes = through((v) => rotary(v, 3, 6, 10_000, 41), dy, x);
  expectClose(rotaryBackward(dy, 3, 6, 10_000, 41), slopes, DIFFERENCE);
});

/** Rows of width `width` as one flat vector. */
const flat = (rows: readonly Float64Array[]) => Float64Array.from(rows.flatMap((row) => [...row]));

test('embed and positions: slopes by the tables, rows used more than once and never', () => {
  const [width, length] = [3, 4];
  const ids = [2, 5, 2, 0, 2, 5, 1, 1];
  const dy = ids.map((_, t) => normal(width, t));
  const row = (table: Float64Array, i: number) => table.subarray(i * width, (i + 1) * width);
  const [byEmbed, byPosition] = [zeros(7 * width), zeros(6 * width)];
  embedBackward(ids, dy, byEmbed);
  positionsBackward(dy, length, byPosition);
  const gather = (table: Float64Array) => flat(ids.map((id) => row(table, id)));
  const place = (table: Float64Array) => flat(ids.map((_, t) => row(table, t % length)));
  expectClose(byEmbed, through(gather, flat(dy), normal(7 * width, 20)), DIFFERENCE);
  expectClose(byPosition, through(place, flat(dy), normal(6 * width, 21)), DIFFERENCE);
});

test('patches: slopes by weight, bias and class token', () => {
  const image = { images: 2, channels: 2, size: 4, patch: 2 };
  const [width, inside] = [3, 8];
  const pixels = normal(image.images * image.channels * 16, 1);
  const [w, b, token] = [width * inside, width, width].map(normal);
  const dOut = Array.from({ length: 10 }, (_, t) => normal(width, 30 + t));
  const embed = (weight: Float64Array, bias: Float64Array, first: Float64Array) =>
    flat(
      dOut.map((_, t) => {
        if (t % 5 === 0) return first;
        return linear(patchPixels(pixels, Math.floor(t / 5), (t % 5) - 1, image), weight, inside, bias);
      }),
    );
  const into = { dWeight: zeros(w.length), dBias: zeros(width), dClassToken: zeros(width) };
  patchesBackward(pixels, dOut, image, into);
  expectClose(
    into.dWeight,
    through((v) => embed(v, b, token), flat(dOut), w),
    DIFFERENCE,
  );
  expectClose(
    into.dBias,
    through((v) => embed(w, v, token), flat(dOut), b),
    DIFFERENCE,
  );
  expectClose(
    into.dClassToken,
    through((v) => embed(w, b, v), flat(dOut), token),
    DIFFERENCE,
  );
  // Channel, y, x: the second patch of the second image starts at column 2 of its first channel.
  expect(patchPixels(pixels, 1, 1, image)[0]).toBe(pixels[32 + 2]);
});
