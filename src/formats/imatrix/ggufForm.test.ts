import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseGguf } from '../gguf/parse';
import type { GgufTensor } from '../gguf/types';
import { writeGguf } from '../gguf/write';
import { writeGgufImatrix } from './ggufForm';
import { readImatrix } from './imatrix';

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const file = (tensors: GgufTensor[], chunkSize = 8) =>
  writeGguf({
    metadata: [
      ['general.type', { type: 'string', value: 'imatrix' }],
      ['imatrix.datasets', { type: 'array', items: 'string', value: ['a.txt'] }],
      ['imatrix.chunk_count', { type: 'uint32', value: 3 }],
      ['imatrix.chunk_size', { type: 'uint32', value: chunkSize }],
    ],
    tensors,
  });
const entry = (name: string, sums: number[], counts: number[]): GgufTensor[] => [
  {
    name: `${name}.in_sum2`,
    dims: [sums.length / counts.length, counts.length],
    type: 'F32',
    data: floats(...sums),
  },
  { name: `${name}.counts`, dims: [1, counts.length], type: 'F32', data: floats(...counts) },
];

test('sums over tokens become mean squares', () => {
  const bytes = file([
    ...entry('blk.0.ffn_up.weight', [24, 48, 0], [24]),
    ...entry('blk.1.ffn_up.weight', [5, 7], [0]),
  ]);
  const { entries, ...rest } = readImatrix(bytes);
  expect(rest).toEqual({ chunks: 3, chunkSize: 8, dataset: 'a.txt' });
  expect(entries.get('blk.0.ffn_up.weight')).toEqual({ meanSquares: Float32Array.of(1, 2, 0), calls: 3 });
  // As in llama-quantize, columns of a matrix that no token reached are equally important.
  expect(entries.get('blk.1.ffn_up.weight')!.meanSquares).toEqual(Float32Array.of(1, 1));
});

test('the file of llama-imatrix is the same in this form', () => {
  const imatrix = {
    ...readImatrix(readFileSync('fixtures/gguf/gpt2-tinystories.imatrix.dat')),
    chunkSize: 256,
  };
  const bytes = writeGgufImatrix(imatrix);
  const names = parseGguf(bytes).tensors.map(({ name }) => name);
  expect(names).toContain('blk.0.attn_qkv.weight.in_sum2');
  expect(names).toContain('blk.0.attn_qkv.weight.counts');
  const again = readImatrix(bytes);
  expect([again.chunks, again.chunkSize, again.dataset]).toEqual([234, 256, 'calibration.txt']);
  for (const [name, { meanSquares, calls }] of imatrix.entries) {
    expect(again.entries.get(name)!.calls).toBe(calls);
    again.entries.get(name)!.meanSquares.forEach((mean, i) => expect(mean).toBeCloseTo(meanSquares[i], 5));
  }
});

test.each([
  ['no counts', file(entry('a', [1], [1]).slice(0, 1)), 'is missing'],
  ['matrices of experts', file(entry('a', [1, 2], [1, 1])), 'models with experts'],
  ['a negative sum', file(entry('a', [-1], [1])), 'negative or not finite'],
  ['a count that is not a number', file(entry('a', [1], [NaN])), 'has a count of NaN'],
  [
    'another file',
    file([{ name: 'token_embd.weight', dims: [1], type: 'F32', data: floats(1) }]),
    'it has no entries',
  ],
])('refuses %s', (_, bytes, why) => {
  expect(() => readImatrix(bytes)).toThrow(why);
});
