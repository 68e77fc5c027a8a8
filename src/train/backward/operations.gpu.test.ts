import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { ActivationView } from '../../runtime/linear/linear';
import { releaseMatrix, uploadMatrix } from '../../runtime/linear/matrix';
import type { RecordContext } from '../../runtime/ops/context';
import { rotaryTable } from '../../runtime/ops/rotary';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { spiked } from '../../testing/spiked';
import { embedBackward } from '../reference/embed';
import { geluDerivative } from '../reference/gelu';
import { layerNormBackward } from '../reference/layerNorm';
import { patchesBackward } from '../reference/patches';
import { positionsBackward } from '../reference/positions';
import { rmsNormBackward } from '../reference/rmsNorm';
import { rotaryBackward } from '../reference/rotary';
import { siluGateBackward } from '../reference/siluGate';
import { recordEmbedBackward } from './embed';
import { recordGeluBackward } from './gelu';
import { recordLayerNormBackward } from './layerNorm';
import type { NormBackwardVariant } from './norm';
import { recordPatchesBackward } from './patches';
import { recordPositionsBackward } from './positions';
import { recordRmsNormBackward } from './rmsNorm';
import { recordRotaryBackward } from './rotary';
import { recordSiluGateBackward } from './siluGate';

const gpu = await testGpu();
const portable = await testGpu({ portable: true });
const capped = await testGpu({ bindingCap: 4096 });
afterAll(() => [gpu, portable, capped].forEach((g) => expect(g.buffers.liveCount).toBe(0)));

/** Tolerance of sums of up to 150 products with spikes of 30: 1e3 · 2^-24 · √150. */
const SUMMED = { abs: 1e-3, rel: 1e-5 };
/** Tolerance of derivatives within 4e-7 of their size or of 1, times gradients of up to 40. */
const SLOPE = { abs: 1e-5, rel: 2e-6 };

/** An activation [rows, width] with columns before and after it, and its values. */
class Wide {
  readonly view: ActivationView;
  readonly rows: Float64Array[];
  private readonly values: Float32Array;

  constructor(scope: BufferScope, rows: number, width: number, stream: number, margin = 3) {
    const stride = width + 2 * margin;
    this.values = spiked(rows * stride, stream);
    this.view = { buffer: scope.upload(this.values, 'activation'), stride, column: margin, width };
    this.rows = this.rowsOf(this.values);
  }

  /** Reads the values, after checking that the margins are unchanged. */
  async read(on: Gpu): Promise<number[]> {
    const now = new Float32Array(await on.stream.read(this.view.buffer));
    const { stride, column, width } = this.view;
    const outside = (i: number) => i % stride < column || i % stride >= column + width;
    expect(now.filter((_, i) => outside(i))).toEqual(this.values.filter((_, i) => outside(i)));
    return this.rowsOf(now).flatMap((row) => [...row]);
  }

  private rowsOf(values: Float32Array): Float64Array[] {
    const { stride, column, width } = this.view;
    return Array.from({ length: values.length / stride }, (_, r) =>
      Float64Array.from(values.subarray(r * stride + column, r * stride + column + width)),
    );
  }
}

/** Records and runs an operation, calls `check`, and frees everything. */
async function run(
  on: Gpu,
  record: (context: RecordContext, scope: BufferScope) => Promise<() => Promise<void>>,
): Promise<void> {
  const scope = on.buffers.scope();
  const recorder = on.recorder();
  try {
    const check = await record({ gpu: on, recorder }, scope);
    await on.stream.run(recorder.commands);
    await check();
  } finally {
    recorder.dispose();
    scope.dispose();
  }
}

/** A gradient that starts as ones, and a function that reads it. */
function ones(on: Gpu, scope: BufferScope, length: number) {
  const buffer = scope.upload(new Float32Array(length).fill(1), 'gradient');
  return { buffer, read: async () => new Float32Array(await on.stream.read(buffer)).subarray(0, length) };
}

const filled = (length: number) => new Float64Array(length).fill(1);

describe('norms', () => {
  const norm = (on: Gpu, rows: number, width: number, centred: boolean, variant: NormBackwardVariant) =>
    run(on, async (context, scope) => {
      const [input, dy, dx] = [1, 2, 3].map((stream) => new Wide(scope, rows, width, stream));
      const ws = spiked(width, 4);
      const weight = uploadMatrix(on, ws, 1, width, 'weight');
      const [dWeight, dBias] = [ones(on, scope, width), ones(on, scope, width)];
      const views = { input: input.view, dy: dy.view, dx: dx.view };
      const call = { ...views, weight, dWeight: dWeight.buffer, rows, epsilon: 1e-3 };
      if (centred) await recordLayerNormBackward(context, { ...call, dBias: dBias.buffer }, variant);
      else await recordRmsNormBackward(context, call, variant);
      return async () => {
        releaseMatrix(on.buffers, weight);
        const into = { dWeight: filled(width), dBias: filled(width) };
        const expected = dx.rows.flatMap((row, r) => {
          const sums = { dx: row.slice(), ...into };
          if (centred) layerNormBackward(input.rows[r], dy.rows[r], ws, 1e-3, sums);
          else rmsNormBackward(input.rows[r], dy.rows[r], ws, 1e-3, sums);
          return [...sums.dx];
        });
        expectClose(await dx.read(on), expected, SUMMED);
        expectClose(await dWeight.read(), into.dWeight, SUMMED);
        expectClose(await dBias.read(), into.dBias, SUMMED);
      };
    });

  test.each(['threads', 'groups'] as const)('odd rows and widths, %s', async (variant) => {
    for (const centred of [true, false]) {
      await norm(gpu, 70, 131, centred, variant);
      await norm(gpu, 5, 7, centred, variant);
      await norm(gpu, 1, 64, centred, variant);
    }
  });

  test.each(['threads', 'groups'] as const)('heads side by side share one weight, %s', async (variant) => {
    const [rows, heads, width] = [9, 3, 70];
    await run(gpu, async (context, scope) => {
      const [input, dy, dx] = [1, 2, 3].map((stream) => new Wide(scope, rows, heads * width, stream));
      const ws = spiked(width, 4);
      const weight = uploadMatrix(gpu, ws, 1, width, 'weight');
      const dWeight = ones(gpu, scope, width);
      const views = { input: input.view, dy: dy.view, dx: dx.view };
      const call = { ...views, weight, dWeight: dWeight.buffer, rows, epsilon: 1e-3, heads };
      await recordRmsNormBackward(context, call, variant);
      return async () => {
        releaseMatrix(gpu.buffers, weight);
        const into = { dWeight: filled(width) };
        const expected = dx.rows.flatMap((row, r) =>
          [0, 1, 2].flatMap((head) => {
            const own = (whole: Float64Array) => whole.slice(head * width, (head + 1) * width);
            const sums = { dx: own(row), ...into };
            rmsNormBackward(own(input.rows[r]), own(dy.rows[r]), ws, 1e-3, sums);
            return [...sums.dx];
          }),
        );
        expectClose(await dx.read(gpu), expected, SUMMED);
        expectClose(await dWeight.read(), into.dWeight, SUMMED);
      };
    });
  });

  test('random shapes', async () => {
    const size = fc.integer({ min: 2, max: 80 });
    const variants = fc.constantFrom<NormBackwardVariant>('threads', 'groups');
    const check = fc.asyncProperty(size, size, fc.boolean(), variants, (rows, width, centred, variant) =>
      norm(portable, rows, width, centred, variant),
    );
    await fc.assert(check, { numRuns: 16, seed: 3 });
  });
});

describe('activations', () => {
  test.each(['tanh', 'erf'] as const)(
    'gelu, %s form, from large negative to large positive inputs',
    async (form) => {
      await run(gpu, async (context, scope) => {
        const xs = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 200);
        xs.set([-1e4, -100, 100, 1e4]);
        const input = { buffer: scope.upload(xs, 'x'), stride: xs.length, column: 0, width: xs.length };
        const dy = new Wide(scope, 1, xs.length, 2);
        await recordGeluBackward(context, { input, dy: dy.view, rows: 1, form });
        return async () => {
          const expected = Array.from(xs, (x, i) => dy.rows[0][i] * geluDerivative(x, form));
          expectClose(await dy.read(gpu), expected, SLOPE);
        };
      });
    },
  );

  test.each([1, 6, 37])('gelu of columns of width %i', async (width) => {
    await run(gpu, async (context, scope) => {
      const [input, dy] = [1, 2].map((stream) => new Wide(scope, 9, width, stream, stream));
      await recordGeluBackward(context, { input: input.view, dy: dy.view, rows: 9, form: 'tanh' });
      return async () => {
        const derivatives = input.rows.flatMap((row) => [...row].map((x) => geluDerivative(x, 'tanh')));
        const expected = dy.rows.flatMap((row) => [...row]).map((d, i) => d * derivatives[i]);
        expectClose(await dy.read(gpu), expected, SLOPE);
      };
    });
  });

  test.each([true, false])('siluGate, dGate in place of dOut: %s', async (inPlace) => {
    for (const [rows, width] of [
      [23, 29],
      [1, 1],
      [5, 8],
    ])
      await run(gpu, async (context, scope) => {
        const [gate, up, dOut, other, dUp] = [1, 2, 3, 4, 5].map(
          (s) => new Wide(scope, rows, width, s, s % 3),
        );
        const dGate = inPlace ? dOut : other;
        const [reads, writes] = [
          { gate: gate.view, up: up.view, dOut: dOut.view },
          { dGate: dGate.view, dUp: dUp.view },
        ];
        await recordSiluGateBackward(context, { ...reads, ...writes, rows });
        return async () => {
          const expected = gate.rows.flatMap((row, r) =>
            [...row].map((g, i) => siluGateBackward(g, up.rows[r][i], dOut.rows[r][i])),
          );
          // Products of three spikes reach 3e4.
          expectClose(
            await dGate.read(gpu),
            expected.map((e) => e.dGate),
            { abs: 1e-4, rel: 4e-6 },
          );
          expectClose(
            await dUp.read(gpu),
            expected.map((e) => e.dUp),
            { abs: 1e-4, rel: 4e-6 },
          );
        };
      });
  });

  test('rotary inverts the rotation of the forward pass in every sequence', async () => {
    const [sequences, length, heads, headWidth] = [2, 50, 3, 6];
    await run(gpu, async (context, scope) => {
      const d = new Wide(scope, sequences * length, heads * headWidth, 1);
      const scaling = { type: 'dynamic' as const, factor: 2, context: 20 };
      const rotation = { heads, headWidth, theta: 10_000, scaling };
      const angles = scope.upload(rotaryTable({ count: length }, rotation), 'angles');
      const layout = { sequences, length, state: scope.allocate(4, 'state') };
      await recordRotaryBackward(context, d.view, angles, rotation, layout);
      return async () => {
        const expected = d.rows.flatMap((row, t) => [...rotaryBackward(row, rotation, t % length, length)]);
        expectClose(await d.read(gpu), expected, { abs: 2e-5, rel: 2e-6 });
      };
    });
  });
});

describe('tables', () => {
  const embed = (on: Gpu, ids: Uint32Array, width: number, vocabulary: number) =>
    run(on, async (context, scope) => {
      const rows = ids.length;
      const dy = new Wide(scope, rows, width, 1);
      const dTable = ones(on, scope, vocabulary * width);
      const given = scope.upload(ids, 'ids');
      await recordEmbedBackward(context, {
        ids: given,
        dy: dy.view,
        dTable: dTable.buffer,
        rows,
        vocabulary,
      });
      return async () => {
        const expected = filled(vocabulary * width);
        const known = [...ids.keys()].filter((t) => ids[t] < vocabulary);
        embedBackward(
          known.map((t) => ids[t]),
          known.map((t) => dy.rows[t]),
          expected,
        );
        expectClose(await dTable.read(), expected, SUMMED);
      };
    });

  test('tokens that occur once, often, never, and beyond the vocabulary', async () => {
    await embed(gpu, Uint32Array.from([2, 5, 2, 0, 2, 5, 1, 1, 7, 4_000_000_000, 2]), 7, 7);
    await embed(gpu, new Uint32Array(150).fill(3), 5, 4);
    await embed(gpu, Uint32Array.of(0), 1, 1);
  });

  test('random texts', async () => {
    const texts = fc.uint8Array({ minLength: 1, maxLength: 90, max: 12 });
    const check = fc.asyncProperty(texts, fc.integer({ min: 1, max: 20 }), (ids, width) =>
      embed(portable, Uint32Array.from(ids), width, 12),
    );
    await fc.assert(check, { numRuns: 16, seed: 5 });
  });

  test('a text whose tokens are searched in several dispatches', async () => {
    const ids = spiked(6000, 9).map((v) => Math.abs(Math.round(v * 100)));
    await run(gpu, async (context, scope) => {
      const [rows, vocabulary] = [ids.length, 5000];
      const dy = new Wide(scope, rows, 1, 1, 0);
      const dTable = ones(gpu, scope, vocabulary);
      const given = scope.upload(Uint32Array.from(ids), 'ids');
      await recordEmbedBackward(context, {
        ids: given,
        dy: dy.view,
        dTable: dTable.buffer,
        rows,
        vocabulary,
      });
      expect(context.recorder.commands.length).toBeGreaterThan(2);
      return async () => {
        const expected = filled(vocabulary);
        embedBackward(ids, dy.rows, expected);
        expectClose(await dTable.read(), expected, SUMMED);
      };
    });
  });

  test.each([
    [3, 37, 3],
    [1, 1, 1],
    [2, 5, 8],
  ])('positions of %i sequences of %i tokens, width %i', async (sequences, length, width) => {
    await run(gpu, async (context, scope) => {
      const dy = new Wide(scope, sequences * length, width, 1);
      const dTable = ones(gpu, scope, (length + 2) * width);
      const layout = { sequences, length, state: scope.allocate(4, 'state') };
      await recordPositionsBackward(context, { dy: dy.view, dTable: dTable.buffer, layout });
      return async () => {
        const expected = filled((length + 2) * width);
        positionsBackward(dy.rows, length, expected);
        expectClose(await dTable.read(), expected, SUMMED);
      };
    });
  });

  test('tables that exceed one binding are an error', async () => {
    await run(capped, async (context, scope) => {
      const dy = new Wide(scope, 1, 64, 1).view;
      const dTable = scope.allocate(4 * 17 * 64, 'wte.weight');
      const ids = scope.allocate(4, 'ids');
      const refusal = {
        code: 'limit',
        message: expect.stringContaining('wte.weight takes 4352 bytes') as string,
      };
      const embedded = recordEmbedBackward(context, { ids, dy, dTable, rows: 1, vocabulary: 17 });
      await expect(embedded).rejects.toMatchObject(refusal);
      const layout = { sequences: 1, length: 1, state: ids };
      await expect(recordPositionsBackward(context, { dy, dTable, layout })).rejects.toMatchObject(refusal);
      return () => Promise.resolve();
    });
  });
});

test.each([
  { images: 3, channels: 2, size: 9, patch: 3 },
  { images: 1, channels: 1, size: 4, patch: 4 },
  { images: 2, channels: 3, size: 8, patch: 2 },
])('patches, %o', async (image) => {
  const width = 10;
  const patches = (image.size / image.patch) ** 2;
  const inside = image.channels * image.patch ** 2;
  await run(gpu, async (context, scope) => {
    const pixels = spiked(image.images * image.channels * image.size ** 2, 7);
    const dOut = new Wide(scope, image.images * (1 + patches), width, 1);
    const [dWeight, dBias, dClassToken] = [width * inside, width, width].map((n) => ones(gpu, scope, n));
    await recordPatchesBackward(context, {
      ...{ pixels: scope.upload(pixels, 'pixels'), dOut: dOut.view, image },
      ...{ dWeight: dWeight.buffer, dBias: dBias.buffer, dClassToken: dClassToken.buffer },
    });
    return async () => {
      const into = { dWeight: filled(width * inside), dBias: filled(width), dClassToken: filled(width) };
      patchesBackward(pixels, dOut.rows, image, into);
      expectClose(await dWeight.read(), into.dWeight, SUMMED);
      expectClose(await dBias.read(), into.dBias, SUMMED);
      expectClose(await dClassToken.read(), into.dClassToken, SUMMED);
    };
  });
});
