import { crc32 as zlibCrc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { crc32 } from './crc32';

it('computes the same checksum as zlib for every length modulo 4', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  const bytes = Uint8Array.from({ length: 1030 }, (_, i) => (i * i * 31 + 7) & 255);
  for (const length of [0, 1, 2, 3, 4, 5, 255, 1027, 1030])
    expect(crc32(bytes.subarray(0, length))).toBe(zlibCrc32(bytes.subarray(0, length)));
});

it('continues from the checksum of the preceding bytes', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 91) & 255);
  for (const cut of [0, 1, 4, 7, 299, 300])
    expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlibCrc32(bytes));
});
