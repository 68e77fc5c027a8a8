import { expect, test } from 'vitest';
import { codesOf } from '../../artefact/matrixCodes';
import { largestProduct } from './sensitivity';
import { topClasses } from './answers';
import { float32Bits, restorableValues, weightCode } from './weight';

const sizes = { outputs: 2, inputs: 4 };

test('−0.15625 is −1.01₂ · 2⁻³ (Goldberg 1991): sign 1, exponent 124, fraction 01…', () => {
  expect(float32Bits(-0.15625)).toBe(`10111110001${'0'.repeat(21)}`);
  expect(float32Bits(1)).toBe(`001111111${'0'.repeat(23)}`);
});

test('a code of grouped integers has the scale and the zero point of its group', () => {
  const codes = codesOf({
    ...{ kind: 'integers', ...sizes, bits: 2, group: 2 },
    codes: Uint8Array.of(0, 1, 2, 3, 1, 1, 1, 1),
    scales: Float32Array.of(0.5, 2, 1, 1),
    zeros: Int16Array.of(1, 3, 0, 0),
  });
  // Five of eight codes are 1: −log₂(5/8) = 0.678 bits; the entropy is 5/8 · 0.678 + 3/8 · 3 = 1.549 bits.
  expect(weightCode(codes, 0, 1)).toEqual({
    ...{ bits: '01', scale: 0.5, level: 0, share: 0.625 },
    codedBits: expect.closeTo(0.678072, 6),
    entropyBits: expect.closeTo(1.548795, 6),
  });
  expect(weightCode(codes, 0, 2)).toMatchObject({ bits: '10', scale: 2, level: -1, codedBits: 3 });
  expect(restorableValues(codes, 0, 3)).toEqual([-6, -4, -2, 0]);
});

test('symmetric integers of 2 bits have three levels, since rounding never writes −2', () => {
  const codes = codesOf({
    ...{ kind: 'integers', ...sizes, bits: 2, group: 4 },
    codes: Uint8Array.of(1, 2, 3, 2, 3, 2, 1, 2),
    scales: Float32Array.of(0.5, 2),
  });
  expect(restorableValues(codes, 1, 0)).toEqual([-2, 0, 2]);
});

test('a code of a table has the largest magnitude of its flat block', () => {
  const codes = codesOf({
    ...{ kind: 'lookup', ...sizes, type: 'nf4', block: 4 },
    codes: Uint8Array.of(0x0f, 0x70, 0xff, 0x00),
    levels: Float32Array.from({ length: 16 }, (_, i) => (i - 7) / 8),
    maxima: {
      codes: Uint8Array.of(0, 1),
      map: Float32Array.of(0.5, 1),
      scales: Float32Array.of(4),
      offset: 1,
    },
  });
  expect([...codes.codes]).toEqual([0, 15, 7, 0, 15, 15, 0, 0]);
  expect(weightCode(codes, 0, 1)).toMatchObject({ bits: '1111', scale: 3, level: 1, share: 0.375 });
  expect(weightCode(codes, 1, 3)).toMatchObject({ scale: 5, level: -0.875 });
});

test('the candidate for the super weight has the largest |w| · max |x|', () => {
  expect(largestProduct(Float32Array.of(1, -2, 3, -1, 4, 0.1), Float32Array.of(1, 10, 2))).toBe(4);
  expect(largestProduct(Float32Array.of(1, -5, 3, -1, 4, 0.1), Float32Array.of(1, 10, 2))).toBe(1);
});

test('the likeliest classes come first with their probabilities', () => {
  const top = topClasses(Float32Array.of(0, Math.log(4), Math.log(2), 0), ['a', 'b', 'c', 'd']);
  expect(top.map(({ index, name }) => `${index} ${name}`)).toEqual(['1 b', '2 c', '0 a']);
  expect(top.map(({ probability }) => probability)).toEqual(
    [0.5, 0.25, 0.125].map((p): unknown => expect.closeTo(p, 6)),
  );
});
