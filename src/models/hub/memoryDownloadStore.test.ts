import { describe, expect, test } from 'vitest';
import { MemoryDownloadStore } from './memoryDownloadStore';
import { describeStore } from './testing/storeSuite';

const stores = new Map<string, MemoryDownloadStore>();

describe('MemoryDownloadStore', () => {
  describeStore((name) => {
    const store = stores.get(name) ?? new MemoryDownloadStore();
    stores.set(name, store);
    return store;
  });
});

test('refuses to exceed its capacity and keeps its content', async () => {
  const store = new MemoryDownloadStore(10);
  const writer = await store.write('a');
  await writer.write(0, new Uint8Array(6));
  expect(await store.free()).toBe(4);
  await expect(writer.write(6, new Uint8Array(5))).rejects.toMatchObject({ code: 'storage' });
  await writer.write(6, new Uint8Array(4));
  expect(await store.free()).toBe(0);
  expect(await new MemoryDownloadStore().free()).toBeUndefined();
});
