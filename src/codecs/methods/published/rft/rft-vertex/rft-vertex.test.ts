import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { KeyedRandom } from '../../../../../base/random';
import type { OptionValue } from '../../../../contract/meta';
import { completeOptions } from '../../../../contract/spec';
import { partOf } from '../../../../../testing/parts';
import { ansDecode, ansEncode, countSymbols } from './ans';
import codec from './codec';
import meta from './meta';
import { sha256 } from '../../../../kit/sha256';

const { reference } = codec;

const options = (given: Record<string, OptionValue>) => completeOptions(meta, given);
const normal = (count: number) => {
  const random = new KeyedRandom(8, 4);
  return Float32Array.from({ length: count }, () => 0.05 * random.nextNormal());
};

function roundTrip(values: Float32Array, given: Record<string, OptionValue>) {
  const shape = [1, values.length] as const;
  const parts = reference.encode(values, shape, options(given));
  const decoded = reference.decode(parts, shape, options(given));
  const squares = (x: Float32Array) => x.reduce((sum, value) => sum + value * value, 0);
  const error = Math.sqrt(squares(decoded.map((value, i) => value - values[i])) / squares(values));
  return { parts, decoded, error, bytes: partOf(parts, 'container').length };
}

interface Container {
  chunks: {
    length: number;
    codec: { amplitude: { payload: { data: string } }; kept_count: number };
  }[];
}

const document = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Container;

test('rANS codes the published message to the published words', () => {
  const message = [0, 1, 0, 2, 0, 0, 1, 3];
  const counts = countSymbols(message);
  expect(Object.fromEntries(counts)).toEqual({ 0: 4, 1: 2, 2: 1, 3: 1 });
  const words = ansEncode(message, counts);
  expect([...words]).toEqual([45056, 16497]);
  expect([...ansDecode(words, counts, 8)]).toEqual(message);
});

test.each([1, 2, 64, 4096])('rANS round-trips with %i symbols', (alphabet) => {
  const random = new KeyedRandom(2, alphabet);
  const message = Array.from({ length: 9000 }, () => Math.floor(random.nextUniform() ** 3 * alphabet));
  const counts = countSymbols(message);
  expect([...ansDecode(ansEncode(message, counts), counts, message.length)]).toEqual(message);
});

test.each([0, 3, 55, 56, 64, 1000])('SHA-256 of %i bytes', (length) => {
  const data = Uint8Array.from({ length }, (_, i) => i * 7);
  expect(sha256(data)).toBe(createHash('sha256').update(data).digest('hex'));
});

test.each([
  [6, 5, 0.0414],
  [8, 8, 0.0058],
])('Gaussian weights at %i + %i bits have a relative error of %f', (amplitude, phase, expected) => {
  const { error } = roundTrip(normal(32768), { amplitude, phase });
  expect(Math.abs(error / expected - 1)).toBeLessThan(0.06);
});

test('the lossless mode restores every weight, at over 129 bytes each', () => {
  const values = normal(1000);
  const { decoded, bytes } = roundTrip(values, { mode: 'lossless' });
  expect(decoded).toEqual(values);
  expect(bytes / values.length).toBeGreaterThan(129 * 0.9);
  expect(bytes / values.length).toBeLessThan(180);
});

test('the container follows the published format', () => {
  const { parts } = roundTrip(normal(300), { chunk: 128, prune: 0.02 });
  const { chunks, ...head } = document(partOf(parts, 'container'));
  expect(head).toMatchObject({
    type: 'rft_vertex_tensor_container',
    version: 1,
    total_length: 300,
    chunk_size: 128,
  });
  expect(chunks.map((c) => c.length)).toEqual([128, 128, 44]);
  const { codec } = chunks[0];
  expect(codec.amplitude).toMatchObject({ bits: 6, levels: 64, payload: { dtype: 'uint8' } });
  // Six bits occupy a byte, and base64 makes 4 of 3.
  expect(codec.amplitude.payload.data).toHaveLength(4 * Math.ceil(codec.kept_count / 3));
});

test('rANS that is read by bytes decodes to garbage without a crash, as in the published decoder', () => {
  const values = normal(5000);
  const words = roundTrip(values, { entropy: 'rans', ans: 'words' });
  const bytes = roundTrip(values, { entropy: 'rans', ans: 'bytes' });
  expect(words.error).toBeLessThan(0.05);
  expect(bytes.error).toBeGreaterThan(0.9);
  expect(bytes.parts).toEqual(words.parts);
});

test('dense transforms of long chunks and JSON documents of large tensors are refused', () => {
  expect(() => codec.layout([1, 1], options({ transform: 'canonical' }))).toThrow(/dense matrix/);
  expect(() => codec.layout([50257, 768], options({ mode: 'lossless' }))).toThrow(/JSON document/);
});

test('a container whose codes exceed their width is refused', () => {
  const shape = [1, 8] as const;
  const parts = reference.encode(normal(8), shape, options({}));
  const text = new TextDecoder().decode(parts.get('container')).replace(/"data":"....../, '"data":"//////');
  const altered = new Map([['container', new TextEncoder().encode(text)]]);
  expect(() => reference.decode(altered, shape, options({}))).toThrow(/damaged/);
});
