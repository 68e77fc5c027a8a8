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

/** A lock as another holder leaves it. */
function held(name: string, holder: object, secondsAgo = 0): string {
  const path = join(root, name);
  writeFileSync(path, JSON.stringify({ owner: 'another', ...holder }));
  const at = new Date(Date.now() - secondsAgo * 1000);
  utimesSync(path, at, at);
  return path;
}

/** Waits once, then stops. */
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

test('the lock is there while the work runs, and gone afterwards', async () => {
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

test('a holder that lives is waited for', async () => {
  await mustWait(held('alive', { pid: process.pid, host: hostname() }, 30));
});

test('the lock of a process that died is taken', async () => {
  const path = held('dead', { pid: await deadProcess(), host: hostname() });
  expect(await withLockFile(path, async () => 'got it', options)).toBe('got it');
});

test('of another machine only its silence is known', async () => {
  const elsewhere = { pid: await deadProcess(), host: 'another-machine' };
  await mustWait(held('elsewhere', elsewhere, 30));
  expect(await withLockFile(held('silent', elsewhere, 90), async () => 'got it', options)).toBe('got it');
});

test('a lock file without sense, and a breaker left behind, hold nobody up for ever', async () => {
  const path = join(root, 'torn');
  writeFileSync(path, '{"ow');
  await mustWait(path);
  const before = new Date(Date.now() - 90_000);
  utimesSync(path, before, before);
  writeFileSync(`${path}.break`, 'left behind');
  utimesSync(`${path}.break`, before, before);
  expect(await withLockFile(path, async () => 'got it', options)).toBe('got it');
});

test('many that find a dead lock at once still run one after the other', async () => {
  const path = held('crowd', { pid: await deadProcess(), host: hostname() });
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
  };
  await Promise.all(Array.from({ length: 6 }, () => withLockFile(path, work, options)));
  expect(most).toBe(1);
});

test('who lost the lock meanwhile does not take it from the next', async () => {
  const path = join(root, 'lost');
  await withLockFile(
    path,
    async () => writeFileSync(path, JSON.stringify({ owner: 'the next', pid: process.pid })),
    options,
  );
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ owner: 'the next' });
});
