import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { dot, gelu, layerNorm, linear, rmsNorm, rotary, silu } from '../../runtime/reference/math';
import { expectClose } from '../../testing/close';
import { centralDifferences } from './differences';
import { embedBackward } from './embed';
import { geluDerivative } from './gelu';
import { layerNormBackward } from './layerNorm';
import { linearBackward } from './linear';
import { patchesBackward, patchPixels } from './patches';
import { positionsBackward } from './positions';
import { rmsNormBackward } from './rmsNorm';
import { rotaryBackward } from './rotary';
import { siluGateBackward } from './siluGate';

/** Tolerance of differences with steps of 1e-5: 1e-10 from curvature and 1e-11 from rounding, times derivatives of 1 to 10. */
const DIFFERENCE = { abs: 1e-7, rel: 1e-7 };

const normal = (n: number, stream: number) => {
  const random = new KeyedRandom(11, stream);
  return Float64Array.from({ length: n }, () => random.nextNormal());
};
const zeros = (n: number) => new Float64Array(n);
const sizes = fc.integer({ min: 1, max: 9 });
/** The number and the seed of the random shapes. */
const RUNS = { numRuns: 12, seed: 4 };

/** The gradient dy · ∂f/∂x by central differences. */
const through = (f: (x: Float64Array) => Float64Array, dy: Float64Array, at: Float64Array) =>
  centralDifferences((x) => dot(dy, f(x)), at);

test('central differences give the derivative of a cube and leave the point unchanged', () => {
  const at = Float64Array.of(2, -3);
  expectClose(
    centralDifferences((x) => x[0] ** 3 * x[1], at),
    [-36, 8],
    { abs: 1e-6 },
  );
  expect([...at]).toEqual([2, -3]);
});

test('linear: gradients with respect to x, W and b, added to the given ones', () => {
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

test('layerNorm: gradients with respect to x, w and b', () => {
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

test('rmsNorm: gradients with respect to x and w', () => {
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

test.each(['tanh', 'erf'] as const)(
  'gelu, %s form: the derivative from large negative to large positive inputs',
  (form) => {
    const xs = Float64Array.from({ length: 81 }, (_, i) => (i - 40) / 5);
    const derivatives = xs.map((x) => centralDifferences(([v]) => gelu(v, form), [x])[0]);
    // The error of erf, up to 1e-15, is divided by the step of 1e-5.
    expectClose(
      xs.map((x) => geluDerivative(x, form)),
      derivatives,
      { abs: 1e-8 },
    );
  },
);

test('siluGate: gradients with respect to gate and up', () => {
  const [gates, ups, ds] = [1, 2, 3].map((stream) => normal(40, stream).map((v) => 4 * v));
  gates.forEach((gate, i) => {
    const { dGate, dUp } = siluGateBackward(gate, ups[i], ds[i]);
    const gradients = centralDifferences(([g, u]) => ds[i] * silu(g) * u, [gate, ups[i]]);
    expectClose([dGate, dUp], gradients, { abs: 1e-6, rel: 1e-6 });
  });
});

test('rotary: the inverse rotation', () => {
  const [x, dy] = [1, 2].map((stream) => normal(18, stream));
  const plain = { heads: 3, headWidth: 6, theta: 10_000 };
  const factors = { shortFactors: [1, 2, 3], longFactors: [2, 3, 4] };
  const scaled = {
    ...plain,
    scaling: { type: 'longrope' as const, ...factors, originalContext: 20, magnitude: 1.3 },
  };
  for (const rotation of [plain, scaled]) {
    const gradient = through((v) => rotary(v, rotation, 41, 60), dy, x);
    expectClose(rotaryBackward(dy, rotation, 41, 60), gradient, DIFFERENCE);
  }
});

/** Concatenates rows to a flat vector. */
const flat = (rows: readonly Float64Array[]) => Float64Array.from(rows.flatMap((row) => [...row]));

test('embed and positions: gradients of tables with rows used several times and never', () => {
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

test('patches: gradients of weight, bias and class token', () => {
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
