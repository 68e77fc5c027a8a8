import { expect, test } from 'vitest';
import { completeOptions } from '../../../contract/spec';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import meta from './meta';

const OPTIONS = completeOptions(meta, {});
const SHAPE = [1, 256] as const;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** A block of x = ((7i mod 11) − 5) ÷ 4, as ggml-org's package (gguf 0.19 for Python) writes it. */
const GOLDEN =
  '24914516596492492492492491451659649249249249249145165964924924924924924924914516596492492492492491451659649249249249249145165964003d';
/** A block of x = ((37i² mod 1009) − 504) ÷ 512, whose largest magnitude has an inexact reciprocal. */
const GOLDEN_SQUARES =
  '842814595512592a45562599695444a19511569451a049592892869592860864aa64855556059545689599054944015219aa49590014140064619516612a8958e03b';

test('the golden block is encoded and decoded', () => {
  const values = Float32Array.from({ length: 256 }, (_, i) => (((7 * i) % 11) - 5) / 4);
  const parts = codec.reference.encode(values, SHAPE, OPTIONS);
  expect(hex(partOf(parts, 'codes'))).toBe(GOLDEN);
  const decoded = codec.reference.decode(parts, SHAPE, OPTIONS);
  values.forEach((x, i) => expect(decoded[i]).toBe(Math.abs(x) < 0.625 ? 0 : Math.sign(x) * 1.25));
});

test('a golden block whose largest weight has an inexact reciprocal', () => {
  const values = Float32Array.from({ length: 256 }, (_, i) => (((37 * i * i) % 1009) - 504) / 512);
  expect(hex(codec.reference.encode(values, SHAPE, OPTIONS).get('codes')!)).toBe(GOLDEN_SQUARES);
});

test('codes of 3, which no encoder writes, decode to twice the scale as in llama.cpp', () => {
  const codes = new Uint8Array(66).fill(0xff, 0, 64);
  codes.set([0x00, 0x3c], 64);
  const decoded = codec.reference.decode(new Map([['codes', codes]]), SHAPE, OPTIONS);
  expect(new Set(decoded)).toEqual(new Set([2]));
});

test('a block takes 2.0625 bits per weight', () => {
  expect(codec.layout([5, 256], OPTIONS).map(({ shape }) => shape)).toEqual([[5, 1, 66]]);
});
