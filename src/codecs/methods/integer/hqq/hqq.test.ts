import { expect, test } from 'vitest';
import { halfBitsToFloat } from '../../../../base/float16';
import { readCode } from '../../../kit/bits';
import type { OptionValue } from '../../../contract/meta';
import { partBytes } from '../../../contract/parts';
import { bits16Of } from '../../../kit/storedFloats';
import { completeOptions } from '../../../contract/spec';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import meta from './meta';
import { shrinkError } from './reference';

const { reference } = codec;
const options = (given: Record<string, OptionValue>) => completeOptions(meta, given);

/** Encodes one row and returns its codes, scales, zero points and decoded values. */
function roundTrip(row: number[], given: Record<string, OptionValue>) {
  const shape = [1, row.length] as const;
  const all = options(given);
  const parts = reference.encode(Float32Array.from(row), shape, all);
  const codes = row.map((_, i) => readCode(partOf(parts, 'codes'), 0, i, all.bits));
  const halves = (suffix: string) => [...bits16Of(parts.get(suffix)!)].map(halfBitsToFloat);
  const decoded = [...reference.decode(parts, shape, all)];
  return { codes, scales: halves('scales'), zeros: halves('zeros'), decoded };
}

/** Computes Σ|error| and Σ error² over a matrix. */
function errors(values: Float32Array, given: Record<string, OptionValue>) {
  const shape = [16, values.length / 16] as const;
  const all = options(given);
  const decoded = reference.decode(reference.encode(values, shape, all), shape, all);
  const e = decoded.map((value, i) => value - values[i]);
  const sum = (f: (x: number) => number) => e.reduce((total, x) => total + f(x), 0);
  return { absolute: sum(Math.abs), squared: sum((x) => x * x) };
}

test('the shrinking operator at points worked out by hand', () => {
  // 0.5 − 0.5^(−0.3) ÷ 10 = 0.5 − 2^0.3 ÷ 10.
  expect(shrinkError(0.5, 10, 0.7)).toBeCloseTo(0.5 - 0.1231144, 6);
  expect(shrinkError(-0.5, 10, 0.7)).toBeCloseTo(-0.5 + 0.1231144, 6);
  expect(shrinkError(-2, 4, 1)).toBe(-1.75);
  expect(shrinkError(0.1, 4, 1)).toBe(0);
  expect(shrinkError(0, 10, 0.7)).toBe(0);
});

test('2 bits by hand: one update of the zero point, then the error stops falling', () => {
  // Range [−1, 2]: scale 1, zero 1, codes 0 3 1 1 1, errors 0 0 .4 .4 .4, mean |error| .24. With β = 1 all errors shrink to 0, so
  // the zero point decreases by their mean .24 to .76: mean |error| .192, mean error 0.
  const { codes, scales, zeros } = roundTrip([-1, 2, 0.4, 0.4, 0.4], { bits: 2, beta: 1 });
  expect(scales).toEqual([1]);
  expect(zeros).toEqual([1556 / 2048]);
  expect(codes).toEqual([0, 3, 1, 1, 1]);
});

test('2 bits by hand: an update that raises the error is not taken', () => {
  // Codes 0 1 2 3 (1.5 rounds up), errors 0 0 −.5 0. The shrunk error −.3769 gives a shift of −.0308, which would raise the mean
  // |error| from .125 to .1406.
  const { codes, zeros, decoded } = roundTrip([-1, 0, 0.5, 2], { bits: 2 });
  expect(zeros).toEqual([1]);
  expect(codes).toEqual([0, 1, 2, 3]);
  expect(decoded).toEqual([-1, 0, 1, 2]);
});

test('nearly equal weights far from zero have a zero point that float16 resolves', () => {
  const { zeros, decoded } = roundTrip([1, 1.001, 1.0005, 1.0002], { bits: 8 });
  expect(Math.abs(zeros[0])).toBeLessThanOrEqual(1024);
  decoded.forEach((value) => expect(Math.abs(value - 1.0005)).toBeLessThan(0.0011));
});

test('the layout counts every byte: bits + 32 ÷ group for each weight', () => {
  const bytes = (given: Record<string, OptionValue>, shape: [number, number]) =>
    codec.layout(shape, options(given)).map(partBytes);
  expect(bytes({ bits: 4, group: '64' }, [64, 64])).toEqual([2048, 128, 128]);
  expect(bytes({ bits: 3, group: 'row' }, [3, 11])).toEqual([24, 6, 6]);
});

test.each([2, 3, 4])('the search lowers both errors against the plain range at %i bits', (bits) => {
  const values = gaussianWithOutliers([16, 256], 8);
  const plain = errors(values, { bits, iterations: 0 });
  const searched = errors(values, { bits });
  expect(searched.absolute).toBeLessThan(plain.absolute);
  expect(searched.squared).toBeLessThan(plain.squared);
});

test('for weights of usual size, β = 10 shrinks every error to zero, so p has no effect', () => {
  // The operator is zero up to (1 ÷ β)^(1 ÷ (2 − p)): 0.170 for p = 0.7 and 0.1 for p = 1.
  const values = gaussianWithOutliers([16, 256], 9).map((w) => w / 10);
  const bytes = (given: Record<string, OptionValue>) => {
    const parts = reference.encode(values, [16, 256], options({ bits: 3, ...given }));
    return [...parts.values()].map((part) => [...part]);
  };
  expect(bytes({ p: 0.7 })).toEqual(bytes({ p: 1 }));
  expect(bytes({ p: 0.7, beta: 1e4 })).not.toEqual(bytes({ p: 1, beta: 1e4 }));
});
