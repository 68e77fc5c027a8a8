import { describe, expect, test } from 'vitest';
import { writeSafetensors, type NamedTensor } from '../../../src/formats/safetensors/write';
import type { ModelShape } from '../../../src/models/architecture';
import { compareLogits, parseExpected } from './expectedLogits';

const text = { vocabulary: 5, program: { head: { outputs: 5 } } } as unknown as ModelShape;
const image = {
  vocabulary: 0,
  image: { size: 2, channels: 3, tokens: 2 },
  program: { head: { outputs: 4 } },
} as unknown as ModelShape;

const tensor = (
  name: string,
  dtype: NamedTensor['dtype'],
  shape: number[],
  values: ArrayBufferView,
): NamedTensor => ({
  name,
  dtype,
  shape,
  bytes: new Uint8Array(values.buffer as ArrayBuffer),
});
const file = (...tensors: NamedTensor[]) => writeSafetensors(tensors, {});
const logits = (...shape: number[]) =>
  tensor('logits', 'F32', shape, new Float32Array(shape.reduce((a, b) => a * b)));

describe('the file of expected logits', () => {
  test('holds token ids as I64 or I32, one sequence or a batch', () => {
    const wide = tensor('input_ids', 'I64', [2, 2], BigInt64Array.from([0n, 1n, 2n, 4n]));
    const narrow = tensor('input_ids', 'I32', [2], Int32Array.from([3, 4]));
    expect(parseExpected(file(wide, logits(2, 2, 5)), text).input).toEqual({
      values: Uint32Array.from([0, 1, 2, 4]),
      sequences: 2,
      length: 2,
    });
    expect(parseExpected(file(narrow, logits(1, 2, 5)), text).input).toMatchObject({
      sequences: 1,
      length: 2,
    });
  });

  test('holds pixels for an image model', () => {
    const pixels = tensor('pixel_values', 'F32', [2, 3, 2, 2], new Float32Array(24));
    expect(parseExpected(file(pixels, logits(2, 4)), image).input.sequences).toBe(2);
  });

  const ids = (values: number[], shape = [values.length]) =>
    tensor('input_ids', 'I32', shape, Int32Array.from(values));
  test.each([
    ['no ids', file(logits(1, 5)), text, /no tensor input_ids/],
    ['no logits', file(ids([1])), text, /no tensor logits/],
    ['an id beyond the vocabulary', file(ids([5]), logits(1, 1, 5)), text, /holds 5/],
    ['a negative id', file(ids([-1]), logits(1, 1, 5)), text, /holds -1/],
    [
      'ids of the wrong type',
      file(tensor('input_ids', 'F32', [1], new Float32Array(1)), logits(1, 5)),
      text,
      /F32/,
    ],
    ['ids of three dimensions', file(ids([1], [1, 1, 1]), logits(1, 5)), text, /shape/],
    ['logits of another length', file(ids([1, 2]), logits(1, 1, 5)), text, /2 rows of 5/],
    [
      'pixels of another size',
      file(tensor('pixel_values', 'F32', [1, 3, 4, 1], new Float32Array(12)), logits(1, 4)),
      image,
      /pixel_values has shape/,
    ],
  ])('is refused with %s', (_, bytes, shape, message) => {
    expect(() => parseExpected(bytes, shape)).toThrow(message);
  });
});

describe('comparison', () => {
  test('gives the largest difference and the arg-max agreement', () => {
    const expected = Float32Array.from([0, 1, 0, 2, 0, 0]);
    const actual = Float32Array.from([0, 1.5, 0, 0, 2.25, 0]);
    expect(compareLogits(actual, expected, 3)).toEqual({ maxAbsDifference: 2.25, agreeing: 1, rows: 2 });
  });

  test('gives an infinite difference for NaN', () =>
    expect(compareLogits(Float32Array.from([NaN]), Float32Array.from([NaN]), 1).maxAbsDifference).toBe(
      Infinity,
    ));
});
