import { describe, expect, test } from 'vitest';
import { MemoryDownloadStore } from './memoryDownloadStore';
import { describeStore } from './testing/storeSuite';

const places = new Map<string, MemoryDownloadStore>();

describe('memory is a place for downloads', () => {
  describeStore((place) => {
    const store = places.get(place) ?? new MemoryDownloadStore();
    places.set(place, store);
    return store;
  });
});

test('its capacity ends in a sentence, and what was there stays', async () => {
  const store = new MemoryDownloadStore(10);
  const writer = await store.write('a');
  await writer.write(0, new Uint8Array(6));
  expect(await store.free()).toBe(4);
  await expect(writer.write(6, new Uint8Array(5))).rejects.toMatchObject({ code: 'storage' });
  await writer.write(6, new Uint8Array(4));
  expect(await store.free()).toBe(0);
  expect(await new MemoryDownloadStore().free()).toBeUndefined();
});
