import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled, throwIfAborted } from '../../base/errors';

/** How often the holder says that it is alive, how long its silence may last, how often others look. */
const BEAT_MS = 5000;
const SILENCE_MS = 60_000;
const LOOK_MS = 200;

export interface LockOptions {
  signal?: AbortSignal;
  /** Told once, when another holds the lock. */
  onWait?: () => void;
  /** Puts the system's errors into words. */
  guard: <T>(step: () => Promise<T>) => Promise<T>;
}

/**
 * Runs alone among all processes that name the same file. A holder that died is noticed by its process, or by its silence where it
 * ran on another machine.
 * @throws Cancelled while waiting; whatever `work` or `guard` throws
 */
export async function withLockFile<T>(
  path: string,
  work: () => Promise<T>,
  { signal, onWait, guard }: LockOptions,
): Promise<T> {
  const owner = randomUUID();
  await guard(() => acquire(path, owner, signal, onWait));
  const beat = setInterval(() => void touch(path), BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await guard(() => release(path, owner));
  }
}

async function acquire(
  path: string,
  owner: string,
  signal?: AbortSignal,
  onWait?: () => void,
): Promise<void> {
  throwIfAborted(signal);
  await mkdir(dirname(path), { recursive: true });
  const note = JSON.stringify({ owner, pid: process.pid, host: hostname() });
  for (let told = false; !(await create(path, note));) {
    if (await breakStale(path, owner)) continue;
    if (!told) onWait?.();
    told = true;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {
      throw new Cancelled();
    });
  }
}

/** @returns false when the file is there already */
async function create(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(content).finally(() => file.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes a dead holder's file away. Under a second lock: it might be a living one's by the time it is deleted.
 * @returns whether the lock may be free now
 */
async function breakStale(path: string, owner: string): Promise<boolean> {
  if (!(await isStale(path))) return false;
  const breaker = `${path}.break`;
  if (!(await create(breaker, owner))) {
    if (await isSilent(breaker)) await rm(breaker, { force: true });
    return false;
  }
  const still = await isStale(path);
  if (still) await rm(path, { force: true });
  await rm(breaker, { force: true });
  return still;
}

async function isStale(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  if (holder?.host === hostname() && !isAlive(holder.pid)) return true;
  return isSilent(path);
}

/** @returns undefined while the file is gone or not yet written */
async function readHolder(path: string): Promise<{ owner?: string; pid: number; host?: string } | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof note === 'object' && note !== null && typeof (note as { pid?: unknown }).pid === 'number'
      ? (note as { pid: number })
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isSilent(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > SILENCE_MS;
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

async function release(path: string, owner: string): Promise<void> {
  if ((await readHolder(path))?.owner === owner) await rm(path, { force: true });
}
