import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { writePng } from './png';

test('a file has the chunks of the standard, and its rows unfiltered', async () => {
  const samples = Uint8Array.of(0, 127, 255, 1, 2, 3);
  const bytes = Buffer.from(await writePng({ width: 3, height: 2, channels: 1, samples }));
  expect(bytes.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  // Length, type, 3 × 2 pixels, 8 bits, grey, no interlacing.
  expect(bytes.subarray(8, 29).toString('hex')).toBe(
    '0000000d494844520000000300000002080000000000'.slice(0, 42),
  );
  const length = bytes.readUInt32BE(33);
  expect(bytes.subarray(37, 41).toString()).toBe('IDAT');
  expect([...inflateSync(bytes.subarray(41, 41 + length))]).toEqual([0, 0, 127, 255, 0, 1, 2, 3]);
  // The last chunk of every PNG file, with its published checksum.
  expect(bytes.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082');
});

test('colours have three samples for each pixel', async () => {
  const bytes = Buffer.from(
    await writePng({ width: 1, height: 2, channels: 3, samples: Uint8Array.of(1, 2, 3, 4, 5, 6) }),
  );
  expect(bytes[25]).toBe(2);
  const length = bytes.readUInt32BE(33);
  expect([...inflateSync(bytes.subarray(41, 41 + length))]).toEqual([0, 1, 2, 3, 0, 4, 5, 6]);
});
