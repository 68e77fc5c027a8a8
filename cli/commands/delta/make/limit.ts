import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tensorsSha256 } from '../../../../src/delta/checksum';
import { errorsThatHold } from '../../../../src/delta/limit';
import { openModelFolder } from '../../../../src/delta/modelFolder';
import type { Lab } from '../../../../src/lab/lab';
import type { Plan } from '../../../../src/lab/plan/plan';
import { checkLimits, lossOf } from '../../../../src/lab/results/limits';
import type { LabRecord } from '../../../../src/lab/results/record';
import { measureFile, openFile } from '../../../../src/lab/run/file';
import { evaluateBaseline } from '../../../../src/lab/run/measure';
import { PlanSession } from '../../../../src/lab/run/session';
import type { DeltaProgress } from '../../../../src/delta/make';
import { folderFiles } from '../../../../src/platform/node/folder';
import { keepJob, writeModelDelta, type WrittenModelDelta } from '../../../../src/platform/node/modelDelta';
import { writeWhole } from '../../../../src/platform/node/writeFile';
import type { DeltaMakeRequest, LossLimit } from './options';

/** A delta on trial. */
export interface DeltaTrial {
  /** Bound of the error. */
  maxError: number;
  bytes: number;
  record: LabRecord;
  holds: boolean;
  /** Whether it was measured on all data of the confirmation. */
  isFinal: boolean;
}

/** A delta within a limit of the loss, and the trials by which it was chosen. */
export interface LimitedDelta {
  written: WrittenModelDelta;
  trials: readonly DeltaTrial[];
}

/** Returns the folder that keeps the trials of a search until it is done. */
export function searchFolder(out: string): string {
  return `${out}.search`;
}

/**
 * Writes the delta with the largest bound of the error that keeps the loss within a limit: found by bisection on a part of the data, and
 * confirmed on all of it, each time from the file. An exact delta needs no confirmation; it is written if no bound holds. Trials are kept
 * until the delta is there, so that the same call continues after it was stopped.
 * @throws LabError as `writeModelDelta` and of measuring; Cancelled
 */
export async function writeWithinLimit(
  lab: Lab,
  { out, folders, choice }: DeltaMakeRequest,
  { maxIncrease, search, confirm }: LossLimit,
  progress: DeltaProgress,
): Promise<LimitedDelta> {
  const { signal } = progress;
  const folder = searchFolder(out);
  const models = [folders.base, folders.tuned].map((path) => folderSha256(path, signal));
  await keepJob(folder, { models: await Promise.all(models), choice, search, confirm });
  const trials: DeltaTrial[] = [];
  const pathOf = (maxError: number) => join(folder, `${maxError}.delta`);
  const make = (maxError: number) =>
    kept(join(folder, `${maxError}.json`), () =>
      writeModelDelta(pathOf(maxError), folders, { ...choice, maxError }, progress),
    );
  const tryOn = (session: LazySession, isFinal: boolean) => async (maxError: number) => {
    const { bytes } = await make(maxError);
    const record = await kept(join(folder, `${isFinal ? 'confirm' : 'search'}-${maxError}.json`), async () =>
      measured(await session(), pathOf(maxError), progress),
    );
    // The search may go by few windows, whose interval decides nothing.
    const holds = isFinal
      ? checkLimits(record, { increase: maxIncrease }).outcome === 'holds'
      : lossOf(record).high <= maxIncrease;
    trials.push({ maxError, bytes, record, holds, isFinal });
    return holds;
  };
  const found = await withSession(lab, search, progress, (session) => errorsThatHold(tryOn(session, false)));
  const chosen = await withSession(lab, confirm, progress, (session) => first(found, tryOn(session, true)));
  const written =
    chosen === undefined
      ? await writeModelDelta(out, folders, { ...choice, exact: true }, progress)
      : await make(chosen);
  if (chosen !== undefined) await rename(pathOf(chosen), out);
  await rm(folder, { recursive: true, force: true });
  return { written, trials };
}

async function folderSha256(path: string, signal?: AbortSignal): Promise<string> {
  return tensorsSha256((await openModelFolder(folderFiles(path), signal)).tensors, signal);
}

/** Does work whose result is kept as JSON, unless an earlier run has done it. */
async function kept<T>(path: string, work: () => Promise<T>): Promise<T> {
  const found = await readFile(path, 'utf8').catch(() => undefined);
  if (found !== undefined) return JSON.parse(found) as T;
  const result = await work();
  await writeWhole(path, JSON.stringify(result));
  return result;
}

/** Returns the first value for which a test holds. */
async function first<T>(values: readonly T[], test: (value: T) => Promise<boolean>): Promise<T | undefined> {
  for (const value of values) if (await test(value)) return value;
  return undefined;
}

/** Opens a session at its first call, with the fine-tuned model measured. */
type LazySession = () => Promise<PlanSession>;

/** Calls `work` with a session that is opened when it is first needed. */
async function withSession<T>(
  lab: Lab,
  plan: Plan,
  { signal, onProgress }: DeltaProgress,
  work: (session: LazySession) => Promise<T>,
): Promise<T> {
  let opened: PlanSession | undefined;
  try {
    return await work(async () => {
      if (opened) return opened;
      opened = await PlanSession.open(lab, plan, signal, (step) => onProgress?.(0, step));
      await evaluateBaseline(opened, signal, (share) =>
        onProgress?.(share, 'measuring the fine-tuned model'),
      );
      return opened;
    });
  } finally {
    opened?.dispose();
  }
}

async function measured(
  session: PlanSession,
  path: string,
  { signal, onProgress }: DeltaProgress,
): Promise<LabRecord> {
  const file = await openFile(session, path, signal);
  const say = (step: string, share: number) => onProgress?.(share, step);
  // The record is not kept, so that it needs no key.
  return (await measureFile(session, { file, key: '' }, signal, say)).record;
}
