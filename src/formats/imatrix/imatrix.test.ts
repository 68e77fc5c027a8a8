import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readImatrix, writeImatrix } from './imatrix';

const FILE = readFileSync('fixtures/gguf/gpt2-tinystories.imatrix.dat');

test('reads the file of llama-imatrix', () => {
  const { entries, chunks, dataset } = readImatrix(FILE);
  expect([entries.size, chunks, dataset]).toEqual([16, 234, 'calibration.txt']);
  const { meanSquares, calls } = entries.get('blk.3.ffn_down.weight')!;
  expect([meanSquares.length, calls]).toEqual([1024, 234]);
  // The file stores 18.38966 and 13.313199, which are sums over the calls.
  expect(meanSquares[0]).toBeCloseTo(18.38966 / 234, 7);
  expect(meanSquares[1]).toBeCloseTo(13.313199 / 234, 7);
});

test('writes a file that reads the same', () => {
  const imatrix = readImatrix(FILE);
  const again = readImatrix(writeImatrix(imatrix));
  expect([again.chunks, again.dataset, again.entries.size]).toEqual([234, 'calibration.txt', 16]);
  for (const [name, { meanSquares, calls }] of imatrix.entries) {
    const other = again.entries.get(name)!;
    expect(other.calls).toBe(calls);
    // A sum and its quotient are rounded once each.
    meanSquares.forEach((mean, i) =>
      expect(Math.abs(other.meanSquares[i] - mean)).toBeLessThanOrEqual(mean * 2 ** -22),
    );
  }
});

test.each([
  ['a part of it', FILE.subarray(0, 20_000), 'it ends too early'],
  ['bytes after its end', Buffer.concat([FILE, Buffer.of(0)]), 'bytes follow its end'],
  ['no entries', Buffer.alloc(4), 'it has no entries'],
  ['other bytes', Buffer.alloc(64, 0xff), 'the number of entries is -1'],
  ['a web page', Buffer.from('<!doctype html><title>Not found</title>'), 'The file is a web page'],
])('refuses %s', (_, bytes, why) => {
  expect(() => readImatrix(bytes)).toThrow(why);
});
