import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Cancelled } from '../../base/errors';
import { withLockFile, type LockOptions } from './locks';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-lock-'));
afterAll(() => rmSync(root, { recursive: true }));

const options: LockOptions = { guard: (step) => step() };

/** Writes a lock file of another holder. */
function held(name: string, holder: object, secondsAgo = 0): string {
  const path = join(root, name);
  writeFileSync(path, JSON.stringify({ owner: 'another', ...holder }));
  const at = new Date(Date.now() - secondsAgo * 1000);
  utimesSync(path, at, at);
  return path;
}

/** Expects that a lock has to be waited for. */
async function mustWait(path: string): Promise<void> {
  const stop = new AbortController();
  const waiting = withLockFile(path, async () => 'got it', {
    ...options,
    signal: stop.signal,
    onWait: () => stop.abort(),
  });
  await expect(waiting).rejects.toBeInstanceOf(Cancelled);
}

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}

test('the lock file exists only while the work runs', async () => {
  const path = join(root, 'simple');
  await withLockFile(
    path,
    async () => {
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    },
    options,
  );
  expect(existsSync(path)).toBe(false);
});

test('waits for a living holder', async () => {
  await mustWait(held('alive', { pid: process.pid, host: hostname() }, 30));
});

test('takes over the lock of a dead process', async () => {
  const path = held('dead', { pid: await deadProcess(), host: hostname() });
  expect(await withLockFile(path, async () => 'got it', options)).toBe('got it');
});

test('takes over the lock of another machine only after the timeout', async () => {
  const elsewhere = { pid: await deadProcess(), host: 'another-machine' };
  await mustWait(held('elsewhere', elsewhere, 30));
  expect(await withLockFile(held('timed-out', elsewhere, 90), async () => 'got it', options)).toBe('got it');
});

test('a damaged lock file and an abandoned breaker expire', async () => {
  const path = join(root, 'torn');
  writeFileSync(path, '{"ow');
  await mustWait(path);
  const before = new Date(Date.now() - 90_000);
  utimesSync(path, before, before);
  writeFileSync(`${path}.break`, 'left behind');
  utimesSync(`${path}.break`, before, before);
  expect(await withLockFile(path, async () => 'got it', options)).toBe('got it');
});

test('several processes that find a dead lock at once run one after another', async () => {
  const path = held('crowd', { pid: await deadProcess(), host: hostname() });
  let inside = 0;
  let maxInside = 0;
  const work = async () => {
    maxInside = Math.max(maxInside, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
  };
  await Promise.all(Array.from({ length: 6 }, () => withLockFile(path, work, options)));
  expect(maxInside).toBe(1);
});

test('a holder that has lost the lock does not release that of the next', async () => {
  const path = join(root, 'lost');
  await withLockFile(
    path,
    async () => writeFileSync(path, JSON.stringify({ owner: 'the next', pid: process.pid })),
    options,
  );
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ owner: 'the next' });
});
