import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { KeyedRandom } from '../../../../../base/random';
import { fromStoredParts } from '../../../../contract/parts';
import { completeOptions } from '../../../../contract/spec';
import codec from './codec';
import { paddedChunks, percentileLayout, percentileParts, rawStreams, readKeptCodes } from './layout';
import meta from './meta';
import { deflate, inflate, storeOnly } from './zlib';

const { reference } = codec;

const random = new KeyedRandom(6, 6);
const normal = (count: number) => Float32Array.from({ length: count }, () => 0.05 * random.nextNormal());

test.each([
  ['nothing', new Uint8Array()],
  ['one byte', Uint8Array.of(7)],
  ['runs', new Uint8Array(5000).fill(3)],
  ['text', new TextEncoder().encode('to be or not to be, that is the question '.repeat(40))],
  ['noise', Uint8Array.from({ length: 70000 }, () => Math.floor(random.nextUniform() * 256))],
  ['skewed', Uint8Array.from({ length: 9000 }, () => Math.floor(random.nextUniform() ** 4 * 256))],
])('zlib streams of %s from any writer are inflated', async (_, data) => {
  for (const level of [1, 6, 9]) expect(inflate(deflateSync(data, { level }), data.length)).toEqual(data);
  expect(inflate(await deflate(data), data.length)).toEqual(data);
  expect(inflate(storeOnly(data), data.length)).toEqual(data);
  expect(inflate(storeOnly(data), data.length + 1)).toBeUndefined();
});

test('altered and truncated zlib streams are refused', () => {
  const data = Uint8Array.from({ length: 300 }, (_, i) => (i * i) % 11);
  const stream = new Uint8Array(deflateSync(data));
  for (let i = 0; i < stream.length; i++) {
    expect(inflate(stream.subarray(0, i), data.length)).toBeUndefined();
    const altered = stream.slice();
    altered[i] ^= 0x10;
    const result = inflate(altered, data.length);
    if (result) expect(result).toEqual(data);
  }
});

test('the last chunk is padded to a power of two of at least 64', () => {
  expect(paddedChunks(2048 + 650)).toEqual([
    { first: 0, weights: 2048, length: 2048 },
    { first: 2048, weights: 650, length: 1024 },
  ]);
  expect(paddedChunks(5)[0].length).toBe(64);
});

test.each([
  [90, 10.0, 0.824],
  [95, 18.5, 0.899],
  [99, 74, 0.973],
])(
  'Gaussian weights at the %ith percentile shrink %f times at a relative error of %f',
  (percentile, ratio, expected) => {
    const values = normal(16 * 2048);
    const shape = [16, 2048] as const;
    const options = completeOptions(meta, { percentile });
    const parts = reference.encode(values, shape, options);
    const decoded = reference.decode(parts, shape, options);
    const squares = (x: Float32Array) => x.reduce((sum, value) => sum + value * value, 0);
    const error = Math.sqrt(squares(decoded.map((value, i) => value - values[i])) / squares(values));
    expect(Math.abs(error - expected)).toBeLessThan(0.006);
    // The published figure counts only the zlib streams, at level 9.
    const layout = percentileLayout(shape, options);
    const chunks = readKeptCodes('w', fromStoredParts('w', percentileParts(layout), parts), layout);
    const streams = chunks
      .flatMap((kept) => rawStreams(kept, 8))
      .map((raw) => deflateSync(raw, { level: 9 }).length);
    const bytes = streams.reduce((sum, length) => sum + length, 0);
    expect(Math.abs((4 * values.length) / bytes / ratio - 1)).toBeLessThan(0.06);
  },
);
