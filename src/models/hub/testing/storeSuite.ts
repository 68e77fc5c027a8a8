import { expect, test } from 'vitest';
import { Cancelled } from '../../../base/errors';
import type { DownloadStore } from '../types';
import { expectBytes, noise, readAll, text } from './models';

/** Makes an empty store; the same name gives the same store. */
type Make = (name: string) => DownloadStore;

/** Declares the tests that every store must pass. */
export function describeStore(make: Make): void {
  describeFiles(make);
  describeLocks(make);
}

function describeFiles(make: Make): void {
  test('written bytes can be read', async () => {
    const store = make('write');
    const writer = await store.write('a/b/model.bin');
    expect(writer.size).toBe(0);
    const bytes = noise(100_000);
    await writer.write(0, bytes.subarray(0, 60_000));
    await writer.write(60_000, bytes.subarray(60_000));
    expect(writer.size).toBe(100_000);
    await writer.flush();
    await writer.close();
    const source = await store.read('a/b/model.bin');
    expect(source!.size).toBe(100_000);
    expectBytes(await readAll(source!), bytes);
    expectBytes(await source!.read(99_990, 10), bytes.subarray(99_990));
    expect(await source!.read(5, 0)).toHaveLength(0);
    expect(await store.read('a/b/other.bin')).toBeUndefined();
    expect(await store.read('c/d')).toBeUndefined();
  });

  test('writing continues at the end or restarts', async () => {
    const store = make('resume');
    const write = async (offset: number, content: string, truncate?: number) => {
      const writer = await store.write('file');
      if (truncate !== undefined) await writer.truncate(truncate);
      expect(writer.size).toBe(offset);
      await writer.write(offset, text(content));
      await writer.close();
      return new TextDecoder().decode(await readAll((await store.read('file'))!));
    };
    expect(await write(0, 'one two')).toBe('one two');
    expect(await write(7, ' three')).toBe('one two three');
    expect(await write(3, '!', 3)).toBe('one!');
    expect(await write(0, 'new', 0)).toBe('new');
  });

  test('lists and deletes by path prefix', async () => {
    const store = make('list');
    const paths = ['a/b/x', 'a/b/xy', 'a/bc/x', 'a/b2/deep/er/x', 'b/x'];
    for (const path of paths) {
      const writer = await store.write(path);
      await writer.write(0, text(path));
      await writer.close();
    }
    const list = async (prefix: string) => (await store.list(prefix)).map(({ path }) => path).sort();
    expect(await list('')).toEqual([...paths].sort());
    expect(await list('a/b/')).toEqual(['a/b/x', 'a/b/xy']);
    expect(await list('a/b')).toEqual(['a/b/x', 'a/b/xy', 'a/b2/deep/er/x', 'a/bc/x']);
    expect(await list('none/')).toEqual([]);
    expect((await store.list('a/b/xy'))[0]).toEqual({ path: 'a/b/xy', bytes: 6 });
    await store.delete('a/b/');
    await store.delete('a/b2/deep/');
    await store.delete('none/');
    expect(await list('')).toEqual(['a/bc/x', 'b/x']);
    const writer = await store.write('a/b/x');
    await writer.write(0, text('again'));
    await writer.close();
    expect(await list('a/')).toEqual(['a/b/x', 'a/bc/x']);
  });
}

function describeLocks(make: Make): void {
  test('a lock admits one holder at a time, and each name has its own lock', async () => {
    const [one, other] = [make('locks'), make('locks')];
    const order: string[] = [];
    let open = () => {};
    const held = new Promise<void>((resolve) => (open = resolve));
    const first = one.locked('model/a/', async () => {
      order.push('first begins');
      await held;
      order.push('first ends');
      return 1;
    });
    while (order.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    let second: Promise<unknown> = Promise.resolve();
    await new Promise<void>((waits) => {
      second = other.locked('model/a/', async () => order.push('second'), undefined, waits);
    });
    await other.locked('model/b/', async () => order.push('another name'));
    open();
    expect(await first).toBe(1);
    await one.locked('model/a/', async () => order.push('third'));
    await second;
    expect(order.slice(0, 3)).toEqual(['first begins', 'another name', 'first ends']);
    expect(order.slice(3).sort()).toEqual(['second', 'third']);
  });

  test('waiting for a lock can be cancelled, and failed work releases the lock', async () => {
    const store = make('stop');
    const stop = new AbortController();
    const failing = store.locked('name', async () => {
      const waiting = store.locked(
        'name',
        async () => 'never',
        stop.signal,
        () => stop.abort(),
      );
      await expect(waiting).rejects.toBeInstanceOf(Cancelled);
      throw new Error('work failed');
    });
    await expect(failing).rejects.toThrow('work failed');
    expect(await store.locked('name', async () => 'mine')).toBe('mine');
  });
}
