import { expect, test } from 'vitest';
import { halfBitsToFloat } from '../../../../base/float16';
import { readCode, writeCode } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import type { OptionValue } from '../../../contract/meta';
import { partBytes, partLayouts } from '../../../contract/parts';
import { bits16Of, bytesOf16 } from '../../../kit/storedFloats';
import { completeOptions } from '../../../contract/spec';
import { aqlmLayout, aqlmParts } from './layout';
import meta from './meta';
import { aqlmReference } from './reference';
import { seedItems } from './schedule';

/** float16 of 0.25, 0.5, 1, 2 and 4. */
const HALVES = { quarter: 0x3400, half: 0x3800, one: 0x3c00, two: 0x4000, four: 0x4400 };

type Given = Readonly<Record<string, OptionValue>>;

const layoutOf = (shape: MatrixShape, given: Given) => aqlmLayout(shape, completeOptions(meta, given));

test('the layout counts every byte: 2 codebooks of 8 bits for 8 weights, 64×64', () => {
  const bytes = (given: Given, shape: MatrixShape) =>
    partLayouts(aqlmParts(layoutOf(shape, given))).map(partBytes);
  // 2 bits per weight; 2 · 256 · 8 float16; one float16 per row.
  expect(bytes({}, [64, 64])).toEqual([1024, 8192, 128]);
  // 3 groups of 4 (the last one short) · 3 codebooks · 5 bits = 45 bits, two words; 3 · 32 · 4 float16.
  expect(bytes({ codebooks: 3, bits: 5, dimension: 4 }, [2, 10])).toEqual([16, 768, 4]);
});

test('decoding by hand: scale · (first entry + second entry)', () => {
  const codes = new Uint8Array(4);
  // Two groups: codes (1, 2) and (15, 0).
  [1, 2, 15, 0].forEach((code, i) => writeCode(codes, 0, i, 4, code));
  const books = new Uint16Array(2 * 16 * 4);
  books.set([HALVES.one, HALVES.half, 0, 0], 4);
  books.set([HALVES.four, HALVES.four, HALVES.four, HALVES.four], 15 * 4);
  books.set([HALVES.quarter, HALVES.half, HALVES.one, 0], (16 + 2) * 4);
  const parts = { codes, codebooks: bytesOf16(books), scales: bytesOf16(Uint16Array.of(HALVES.two)) };
  const layout = layoutOf([1, 7], { codebooks: 2, bits: 4, dimension: 4 });
  expect([...aqlmReference.decode(parts, layout)]).toEqual([2.5, 2, 2, 0, 8, 8, 8]);
});

test('with as many different groups as entries the matrix is restored exactly', () => {
  const layout = layoutOf([2, 8], { codebooks: 1, bits: 4, dimension: 4, iterations: 1 });
  // Both rows have root mean square 1, so the scales are 1 and all numbers exact.
  const values = Float32Array.of(1, -1, 1, 1, -1, -1, 1, -1, 1, 1, 1, 1, -1, 1, -1, 1);
  const parts = aqlmReference.encode(values, layout);
  expect([...bits16Of(parts.scales)].map(halfBitsToFloat)).toEqual([1, 1]);
  expect([0, 1].map((i) => readCode(parts.codes, 0, i, 4))).toEqual([0, 1]);
  expect(aqlmReference.decode(parts, layout)).toEqual(values);
});

test('a metric that sees one direction only makes that direction exact', () => {
  const layout = layoutOf([64, 4], { codebooks: 1, bits: 4, dimension: 4, iterations: 4, damping: 0 });
  const values = Float32Array.from({ length: 256 }, (_, i) =>
    // Column 0 takes 8 values; the others are noise that only column 0's errors are weighed against.
    i % 4 === 0 ? (((i / 4) % 8) - 3.5) * 0.5 : Math.sin(i * i),
  );
  const gram = new Float64Array(16);
  gram[0] = 1;
  const inputs = { samples: 1, gram, meanAbs: [1, 0, 0, 0], maxAbs: [1, 0, 0, 0] };
  const error = (given?: typeof inputs) => {
    const decoded = aqlmReference.decode(aqlmReference.encode(values, layout, given), layout);
    return decoded.reduce((sum, value, i) => (i % 4 ? sum : sum + (value - values[i]) ** 2), 0);
  };
  expect(error(inputs)).toBeLessThan(0.2 * error());
});

test('first entries are different vectors, or all vectors over and over', () => {
  const layout = layoutOf([40, 64], { bits: 6 });
  const items = seedItems(layout, 0);
  expect(new Set(items).size).toBe(64);
  expect(Math.max(...items)).toBeLessThan(320);
  expect(seedItems(layout, 1)).not.toEqual(items);
  const few = layoutOf([3, 8], { bits: 4 });
  expect([...seedItems(few, 0).subarray(0, 5)]).toEqual([0, 1, 2, 0, 1]);
});
