import { expect, test } from 'vitest';
import { completeOptions } from '../../../../contract/spec';
import { partOf } from '../../../../../testing/parts';
import codec from './codec';
import meta from './meta';

const OPTIONS = completeOptions(meta, {});
const numbersOf = (codes: Uint8Array) => [...new Uint16Array(codes.slice().buffer)];

test('numbers by hand: eight trits each, +1 as 0, 0 as 1, −1 as 2, lowest first', () => {
  // 2, −2, 0.8 (0.4 of the largest), 0.9 (exactly 0.45), 0, 0, 0, 0 | −1.
  const values = Float32Array.of(2, -2, 0.8, 0.9, 0, 0, 0, 0, -1);
  const parts = codec.reference.encode(values, [1, 9], OPTIONS);
  const first = 0 + 2 * 3 + 1 * 9 + 0 * 27 + (81 + 243 + 729 + 2187);
  // Missing trits count as zeros.
  const second = 2 + (3 + 9 + 27 + 81 + 243 + 729 + 2187);
  expect(numbersOf(partOf(parts, 'codes'))).toEqual([first, second]);
  expect([...new Float32Array(partOf(parts, 'scales').slice().buffer)]).toEqual([2]);
  expect([...codec.reference.decode(parts, [1, 9], OPTIONS)]).toEqual([2, -2, 0, 2, 0, 0, 0, 0, -2]);
});

test('the largest number is 3⁸ − 1, which takes thirteen bits', () => {
  const parts = codec.reference.encode(new Float32Array(8).fill(-1), [1, 8], OPTIONS);
  expect(numbersOf(partOf(parts, 'codes'))).toEqual([6560]);
});

test('a row of zeros has scale zero and codes of zeros', () => {
  const parts = codec.reference.encode(new Float32Array(8), [1, 8], OPTIONS);
  expect(numbersOf(partOf(parts, 'codes'))).toEqual([3280]);
  expect([...codec.reference.decode(parts, [1, 8], OPTIONS)]).toEqual(new Array(8).fill(0));
});
