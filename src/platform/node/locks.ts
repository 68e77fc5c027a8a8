import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled, throwIfAborted } from '../../base/errors';

/** Intervals in milliseconds: of the holder's heartbeat, after which a silent holder is considered dead, and of polling. */
const HEARTBEAT_MS = 5000;
const TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/** Options of `withLockFile`. */
export interface LockOptions {
  signal?: AbortSignal;
  /** Called once if another process holds the lock. */
  onWait?: () => void;
  /** Runs a step and converts errors of the system. */
  guard: <T>(step: () => Promise<T>) => Promise<T>;
}

/**
 * Runs `work` while holding a lock among all processes that use the same lock file. A dead holder is detected by its
 * process id or, on another machine, by its missing heartbeat.
 * @throws Cancelled while waiting; whatever `work` or `guard` throws
 */
export async function withLockFile<T>(
  path: string,
  work: () => Promise<T>,
  { signal, onWait, guard }: LockOptions,
): Promise<T> {
  const owner = randomUUID();
  await guard(() => acquire(path, owner, signal, onWait));
  const heartbeat = setInterval(() => void touch(path), HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
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
    await sleep(POLL_MS, undefined, { signal }).catch(() => {
      throw new Cancelled();
    });
  }
}

/** Creates a file. @returns false if it already exists */
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
 * Deletes the lock file of a dead holder, under a second lock, since the file might belong to a living one by then.
 * @returns whether the lock may be free now
 */
async function breakStale(path: string, owner: string): Promise<boolean> {
  if (!(await isStale(path))) return false;
  const breaker = `${path}.break`;
  if (!(await create(breaker, owner))) {
    if (await isTimedOut(breaker)) await rm(breaker, { force: true });
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
  return isTimedOut(path);
}

/** Returns the content of a lock file; undefined if it is missing or not yet written. */
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

/** Whether a process of this machine exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process exists, but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isTimedOut(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > TIMEOUT_MS;
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

async function release(path: string, owner: string): Promise<void> {
  if ((await readHolder(path))?.owner === owner) await rm(path, { force: true });
}
