import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { folderTokenCache } from './tokenCache';

const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('returns ids only for their key', async () => {
  const cache = folderTokenCache(join(folder, 'a'));
  const ids = Uint32Array.of(1, 70_000, 4_294_967_295);
  await cache.set('tokenizer+text', ids);
  expect(await cache.get('tokenizer+text')).toEqual(ids);
  expect(await cache.get('tokenizer+other')).toBeUndefined();
});

test('ignores a damaged file', async () => {
  const path = join(folder, 'b');
  const cache = folderTokenCache(path);
  await cache.set('key', Uint32Array.of(1, 2, 3));
  truncateSync(join(path, readdirSync(path)[0]), 40);
  expect(await cache.get('key')).toBeUndefined();
});

test('works without a writable folder', async () => {
  const cache = folderTokenCache('/dev/null/tokens');
  await cache.set('key', Uint32Array.of(1));
  expect(await cache.get('key')).toBeUndefined();
});
