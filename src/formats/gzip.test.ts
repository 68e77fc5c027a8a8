import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cancelled, LabError } from '../base/errors';
import { gunzip, isGzip } from './gzip';

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof LabError ? error.code : String(error)),
  );

test('data that zlib compressed is restored', async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) % 251);
  const packed = new Uint8Array(gzipSync(bytes));
  expect(isGzip(packed)).toBe(true);
  expect(isGzip(bytes)).toBe(false);
  expect(await gunzip('x', packed, bytes.length)).toEqual(bytes);
  expect(await gunzip('x', new Uint8Array(gzipSync(new Uint8Array())), 0)).toEqual(new Uint8Array());
});

test('a small file that decompresses to too many bytes is refused', async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(10_000_000)));
  expect(bomb.length).toBeLessThan(20_000);
  await expect(gunzip('bomb', bomb, 1_000_000)).rejects.toThrow(/decompresses to more than 1000000 bytes/);
});

test('any damaged file is refused as bad-file', async () => {
  const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i % 97);
  const packed = new Uint8Array(gzipSync(bytes));
  expect(await codeOf(gunzip('x', packed.subarray(0, packed.length - 9), 1e6))).toBe('bad-file');
  const position = fc.integer({ min: 0, max: packed.length - 1 });
  await fc.assert(
    fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const damaged = packed.slice();
      damaged[at] ^= flip;
      const outcome = await gunzip('x', damaged, 1e6).catch((error: unknown) => (error as LabError).code);
      // The header's timestamp, flags and operating system carry no data, nor do the padding bits of the last byte before the
      // checksum and the length.
      if (at < 10 || at === packed.length - 9) expect(['bad-file', bytes]).toContainEqual(outcome);
      else expect(outcome).toBe('bad-file');
    }),
    { numRuns: 60 },
  );
});

test('an aborted call throws Cancelled', async () => {
  const signal = AbortSignal.abort();
  await expect(gunzip('x', new Uint8Array(gzipSync('abc')), 10, signal)).rejects.toBeInstanceOf(Cancelled);
});
