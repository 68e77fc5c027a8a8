import { expect, test } from 'vitest';
import { KeyedRandom } from '../../../../base/random';
import { statistics } from '../../../../calibrate/testing/inputs';
import rtn from '../../integer/rtn/codec';
import { completeOptions } from '../../../contract/spec';
import wrapper from './codec';
import { rotatedReferenceInputs } from './inputs';
import meta from './meta';
import { rotateReference, rotationOf, unrotateReference } from './rotation';

const options = (given: Record<string, string | number>) => completeOptions(meta, given);

/** Computes Q by rotating the unit vectors. */
function matrixOf(columns: number, given: Record<string, string | number>): Float64Array {
  const unit = Float64Array.from({ length: columns ** 2 }, (_, i) => Number(i % (columns + 1) === 0));
  return rotateReference(unit, rotationOf(columns, options(given)));
}

test('without signs, four columns are the Hadamard matrix of Sylvester', () => {
  const rotation = { columns: 4, block: 4, dctSize: 1, signs: new Float32Array(4).fill(1) };
  const unit = Float64Array.from({ length: 16 }, (_, i) => Number(i % 5 === 0));
  const half = [1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1, 1, -1, -1, 1].map((sign) => sign / 2);
  rotateReference(unit, rotation).forEach((value, i) => expect(value).toBeCloseTo(half[i], 14));
});

test('three columns are transformed by the orthonormal DCT-II', () => {
  const rotation = { columns: 3, block: 1, dctSize: 3, signs: new Float32Array(3).fill(1) };
  const [a, b, c] = rotateReference([1, 0, 0], rotation);
  expect(a).toBeCloseTo(1 / Math.sqrt(3), 6);
  expect(b).toBeCloseTo(Math.SQRT1_2, 6);
  expect(c).toBeCloseTo(1 / Math.sqrt(6), 6);
});

test.each([
  [64, 'auto', 64, 1],
  [288, 'auto', 32, 9],
  [172, 'auto', 4, 43],
  [288, '16', 16, 1],
  [172, '64', 4, 1],
  [1021, 'auto', 1, 1],
  [8192, 'auto', 4096, 2],
])('%i columns with block %s: Hadamard of %i, DCT of %i', (columns, block, size, dctSize) => {
  expect(rotationOf(columns, options({ block }))).toMatchObject({ block: size, dctSize });
});

test.each([
  [12, 'auto'],
  [32, 'auto'],
  [48, '16'],
  [7, 'auto'],
])('the rotation of %i columns (%s) is orthogonal and undone', (columns, block) => {
  const q = matrixOf(columns, { block, seed: 3 });
  for (let i = 0; i < columns; i++)
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += q[i * columns + k] * q[j * columns + k];
      expect(sum).toBeCloseTo(Number(i === j), 6);
    }
  unrotateReference(q, rotationOf(columns, options({ block, seed: 3 }))).forEach((value, i) =>
    expect(value).toBeCloseTo(Number(i % (columns + 1) === 0), 6),
  );
});

test('the seed determines the signs', () => {
  const signs = (seed: number) => rotationOf(64, options({ seed })).signs.join();
  expect(signs(1)).toBe(signs(1));
  expect(signs(1)).not.toBe(signs(2));
});

test('the rotated Gram matrix is that of the rotated inputs', () => {
  const random = new KeyedRandom(1, 1);
  const x = Float32Array.from({ length: 50 * 12 }, () => random.nextNormal());
  const rotation = rotationOf(12, options({}));
  const expected = statistics(Float32Array.from(rotateReference(x, rotation)), 12, 50);
  const actual = rotatedReferenceInputs(statistics(x, 12, 50), rotation);
  Array.from(actual.gram).forEach((value, i) => expect(value).toBeCloseTo(expected.gram[i], 5));
});

test('with outliers in few columns the rotation lowers the error of the inner codec', () => {
  const random = new KeyedRandom(1, 2);
  const shape = [32, 128] as const;
  const values = Float32Array.from(
    { length: 32 * 128 },
    (_, i) => random.nextNormal() * (i % 64 === 5 ? 30 : 1),
  );
  const inner = completeOptions(rtn.meta, { bits: 4, group: '64' });
  const error = (decoded: Float32Array) =>
    decoded.reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0);
  const plain = rtn.reference.decode(rtn.reference.encode(values, shape, inner), shape, inner);
  const codec = wrapper.wrap(rtn, inner);
  const rotated = codec.reference.decode(
    codec.reference.encode(values, shape, options({})),
    shape,
    options({}),
  );
  expect(error(rotated)).toBeLessThan(0.4 * error(plain));
});

test('a codec that quantises activations is refused', () => {
  const quantising = { ...rtn, quantisesActivations: () => true };
  expect(() => wrapper.wrap(quantising, {})).toThrow('also quantises activations');
});
