import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LabError } from '../../../base/errors';
import { KeyedRandom } from '../../../base/random';
import type { PartLayout } from '../../contract/parts';
import { BitReader, BitWriter } from './bitio';
import { readHeader, splitPayload } from './container';
import { histogram, messageBits } from './cost';
import { chooseModel, frequenciesOf, type SymbolModel, readModel, writeModel } from './model';
import type { Sequence } from './sequence';
import { exp2Eighths, exp2Negative, quarterPower } from './powers';
import { FREQUENCY_TOTAL } from './rans';

function sequence(rows: number, perRow: number, bits: number, draw: (i: number) => number): Sequence {
  const largest = 2 ** bits - 1;
  const symbols = Uint8Array.from({ length: rows * perRow }, (_, i) =>
    Math.min(largest, Math.max(0, Math.round(draw(i)))),
  );
  return { symbols, rows, perRow, bits };
}

function storedBits(model: SymbolModel, bits: number): number {
  const writer = new BitWriter();
  writeModel(writer, model, bits);
  return writer.bits;
}

function throughBytes(model: SymbolModel, shape: Sequence): SymbolModel {
  const writer = new BitWriter();
  writeModel(writer, model, shape.bits);
  return readModel(new BitReader(writer.finish()), shape);
}

/** Computes the entropy of the symbols' histogram, in bits. */
function entropyBits(symbols: Uint8Array): number {
  return histogram(symbols).reduce(
    (sum, count) => sum - (count ? count * Math.log2(count / symbols.length) : 0),
    0,
  );
}

test('powers agree with Math.pow', () => {
  for (const x of [0, 0.5, 1, 3.25, 20]) expect(exp2Negative(x)).toBeCloseTo(2 ** -x, 15);
  for (const e of [-20, -3, 0, 5, 40]) expect(exp2Eighths(e) / 2 ** (e / 8)).toBeCloseTo(1, 12);
  for (const q of [2, 3, 4, 6, 9]) expect(quarterPower(2.5, q)).toBeCloseTo(2.5 ** (q / 4), 12);
});

test('normal weights take a Gaussian of a few bytes and bits within 1 % of their entropy', () => {
  const random = new KeyedRandom(1, 5);
  const all = sequence(64, 64, 6, () => 32 + 2.5 * random.nextNormal());
  const model = chooseModel(all);
  expect(model.kind).toBe('gaussian');
  expect(storedBits(model, 6)).toBeLessThanOrEqual(40);
  const bits = messageBits(histogram(all.symbols), frequenciesOf(model as never)[0]);
  expect(bits).toBeLessThan(1.01 * entropyBits(all.symbols));
});

test('an irregular histogram takes an explicit table', () => {
  const random = new KeyedRandom(1, 6);
  const all = sequence(64, 64, 4, () => [0, 15, 15, 15, 7, 8][Math.floor(6 * random.nextUniform())]);
  const model = chooseModel(all);
  expect(model.kind).toBe('explicit');
  const bits = messageBits(histogram(all.symbols), frequenciesOf(model as never)[0]);
  expect(bits).toBeLessThan(1.01 * entropyBits(all.symbols));
});

test('rows and columns of different size get classes', () => {
  const random = new KeyedRandom(1, 7);
  const all = sequence(128, 128, 6, (i) => {
    const size = (i % 128 < 64 ? 1 : 4) * (i % 256 < 128 ? 1 : 1.5);
    return 32 + size * random.nextNormal();
  });
  const model = chooseModel(all);
  expect(model.kind).toBe('contexts');
  expect(throughBytes(model, all)).toEqual(model);
});

test('uniform symbols stay raw, and a constant takes no payload', () => {
  const random = new KeyedRandom(1, 8);
  expect(chooseModel(sequence(16, 16, 3, () => Math.floor(8 * random.nextUniform())))).toEqual({
    kind: 'raw',
  });
  expect(chooseModel(sequence(3, 3, 3, () => 5))).toEqual({ kind: 'constant', symbol: 5 });
  expect(chooseModel(sequence(0, 0, 3, () => 5))).toEqual({ kind: 'raw' });
});

test('models round-trip through bytes, and their frequencies add up and cover every symbol', () => {
  const cases = fc.record({
    bits: fc.integer({ min: 1, max: 8 }),
    rows: fc.integer({ min: 1, max: 20 }),
    perRow: fc.integer({ min: 1, max: 40 }),
    seed: fc.nat(1e6),
    spread: fc.double({ min: 0.1, max: 90, noNaN: true }),
  });
  fc.assert(
    fc.property(cases, ({ bits, rows, perRow, seed, spread }) => {
      const random = new KeyedRandom(seed, 9);
      const all = sequence(rows, perRow, bits, () => 2 ** (bits - 1) + spread * random.nextNormal());
      const model = chooseModel(all);
      expect(throughBytes(model, all)).toEqual(model);
      if (model.kind === 'raw' || model.kind === 'constant') return;
      for (const frequencies of frequenciesOf(model)) {
        expect(frequencies.reduce((a, b) => a + b, 0)).toBe(FREQUENCY_TOTAL);
        expect(all.symbols.every((symbol) => frequencies[symbol] > 0)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test('arbitrary bytes are read or refused', () => {
  const layout: PartLayout[] = [
    { suffix: 'codes', kind: 'codes', dtype: 'U8', shape: [12], symbols: { rows: 3, perRow: 7, bits: 4 } },
    { suffix: 'scales', kind: 'scales', dtype: 'F16', shape: [40], variable: true, optional: true },
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      try {
        const reader = new BitReader(bytes);
        const header = readHeader(reader, layout);
        const fields = splitPayload(header, bytes.subarray(reader.bytesRead));
        for (const { model } of fields)
          if (model.kind !== 'raw' && model.kind !== 'constant')
            for (const own of frequenciesOf(model))
              expect(own.reduce((a, b) => a + b, 0)).toBe(FREQUENCY_TOTAL);
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        expect(error.code).toBe('bad-file');
      }
    }),
    { numRuns: 2000 },
  );
});
