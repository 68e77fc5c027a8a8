import { expect, test } from 'vitest';
import { KeyedRandom } from '../../../base/random';
import { testGpu } from '../../../testing/gpu';
import { gaussianOf, fitGaussian } from './gaussianTable';
import { fitContexts } from './contexts';
import { histogram } from './cost';
import { explicitTables } from './explicitTable';
import { decodeStreams, encodeStreams, packSymbols, unpackSymbols } from './gpu';
import type { FrequencyModel } from './model';
import type { Sequence } from './sequence';
import { decodeReference, encodeReference, packReference, unpackReference } from './reference';

const gpu = await testGpu();
const small = await testGpu({ bindingCap: 2 ** 20 });

/** Compares a million bytes in milliseconds, where Vitest's own comparison takes seconds. */
function expectSame(actual: Uint8Array | Uint16Array, expected: Uint8Array | Uint16Array): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.findIndex((value, i) => value !== expected[i])).toBe(-1);
}

function expectSameStreams(actual: readonly Uint16Array[], expected: readonly Uint16Array[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((words, i) => expectSame(words, expected[i]));
}

/** Draws normal integers whose size varies by row and column, centred in the alphabet. */
function weights(rows: number, perRow: number, bits: number, seed = 1): Sequence {
  const random = new KeyedRandom(seed, 77);
  const scale = (line: number) => 2 ** (((line * 7) % 5) / 4 - 0.5);
  const symbols = Uint8Array.from({ length: rows * perRow }, (_, i) => {
    const size = 2 ** (bits - 4) * scale(Math.floor(i / perRow)) * scale((i % perRow) + 3);
    const value = Math.round(2 ** (bits - 1) + size * random.nextNormal());
    return Math.min(2 ** bits - 1, Math.max(0, value));
  });
  return { symbols, rows, perRow, bits };
}

function models(sequence: Sequence): FrequencyModel[] {
  const counts = histogram(sequence.symbols);
  const gaussian = fitGaussian(gaussianOf(counts), () => 0);
  const fitting = fitContexts(sequence, gaussian);
  let step = fitting.next();
  while (!step.done) step = fitting.next();
  const { table, contexts } = step.value;
  return [explicitTables(counts)[2], gaussian, { kind: 'contexts', table, contexts }];
}

test.each([
  [1, 1, 4],
  [3, 5, 2],
  [40, 999, 5],
  [1, 70_001, 8],
])('streams of %i × %i symbols of %i bits are those of the reference', async (rows, perRow, bits) => {
  const sequence = weights(rows, perRow, bits);
  for (const model of models(sequence)) {
    const streams = await encodeStreams(sequence, model, { gpu, seed: 1 });
    expectSameStreams(streams, encodeReference(sequence, model));
    expectSame(decodeReference(streams, sequence, model), sequence.symbols);
    expectSame(await decodeStreams(streams, sequence, model, { gpu, seed: 1 }), sequence.symbols);
  }
});

test('a binding limit of 1 MiB changes nothing', async () => {
  const sequence = weights(1100, 1001, 5);
  const context = { gpu: small, seed: 1 };
  const [, gaussian] = models(weights(10, 1001, 5));
  const model = { ...gaussian, last: 31, first: 0 } as FrequencyModel;
  const streams = await encodeStreams(sequence, model, context);
  expectSameStreams(streams, encodeReference(sequence, model));
  expectSame(await decodeStreams(streams, sequence, model, context), sequence.symbols);
  const packed = await packSymbols(sequence.symbols, sequence, context);
  expectSame(packed, packReference(sequence.symbols, sequence));
  expectSame(await unpackSymbols(packed, sequence, context), sequence.symbols);
  expect(small.buffers.liveCount).toBe(0);
});

test('altered streams are refused', async () => {
  const sequence = weights(40, 999, 5);
  for (const model of models(sequence)) {
    const [first, ...others] = encodeReference(sequence, model);
    const altered = first.slice();
    altered[altered.length >> 1] ^= 0x0400;
    for (const bad of [
      altered,
      first.slice(1),
      first.slice(0, -1),
      new Uint16Array(),
      Uint16Array.of(0, 0, 1),
    ]) {
      const decoding = decodeStreams([bad, ...others], sequence, model, { gpu, seed: 1 });
      await expect(decoding).rejects.toMatchObject({ code: 'bad-file' });
      expect(() => decodeReference([bad, ...others], sequence, model)).toThrow(
        'does not end in its initial state',
      );
    }
  }
});

test.each([
  [1, 33, 3],
  [1, 5000, 5],
  [7, 33, 3],
  [4, 16, 8],
  [3, 17, 8],
  [5, 100, 1],
])('packs and unpacks %i × %i symbols of %i bits', async (rows, perRow, bits) => {
  const { symbols, ...shape } = weights(rows, perRow, Math.max(bits, 1));
  const packed = await packSymbols(symbols, shape, { gpu, seed: 1 });
  expectSame(packed, packReference(symbols, shape));
  expectSame(unpackReference(packed, shape), symbols);
  expectSame(await unpackSymbols(packed, shape, { gpu, seed: 1 }), symbols);
});
