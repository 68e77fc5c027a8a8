import { rename, rm } from 'node:fs/promises';
import { errorsThatHold } from '../../../../src/delta/limit';
import type { Lab } from '../../../../src/lab/lab';
import type { Plan } from '../../../../src/lab/plan/plan';
import { checkLimits, lossOf } from '../../../../src/lab/results/limits';
import type { LabRecord } from '../../../../src/lab/results/record';
import { measureFile, openFile } from '../../../../src/lab/run/file';
import { evaluateBaseline } from '../../../../src/lab/run/measure';
import { PlanSession } from '../../../../src/lab/run/session';
import {
  partsFolder,
  writeModelDelta,
  type DeltaProgress,
  type WrittenModelDelta,
} from '../../../../src/platform/node/modelDelta';
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

/**
 * Writes the delta with the largest bound of the error that keeps the loss within a limit: found by bisection on a part of the data, and
 * confirmed on all of it, each time from the file. An exact delta needs no confirmation; it is written if no bound holds.
 * @throws LabError as `writeModelDelta` and of measuring; Cancelled. Deltas on trial are removed, the unfinished one too.
 */
export async function writeWithinLimit(
  lab: Lab,
  { out, folders, choice }: DeltaMakeRequest,
  { maxIncrease, search, confirm }: LossLimit,
  progress: DeltaProgress,
): Promise<LimitedDelta> {
  const made = new Map<number, WrittenModelDelta>();
  const tried = new Set<string>();
  const trials: DeltaTrial[] = [];
  const pathOf = (maxError: number) => `${out}.${maxError}.delta`;
  const make = async (maxError: number): Promise<WrittenModelDelta> => {
    const known = made.get(maxError);
    if (known) return known;
    tried.add(pathOf(maxError));
    const written = await writeModelDelta(pathOf(maxError), folders, { ...choice, maxError }, progress);
    made.set(maxError, written);
    return written;
  };
  const tryOn = (session: PlanSession, isFinal: boolean) => async (maxError: number) => {
    const { bytes } = await make(maxError);
    const record = await measured(session, pathOf(maxError), progress);
    // The search may go by few windows, whose interval decides nothing.
    const holds = isFinal
      ? checkLimits(record, { increase: maxIncrease }).outcome === 'holds'
      : lossOf(record).high <= maxIncrease;
    trials.push({ maxError, bytes, record, holds, isFinal });
    return holds;
  };
  try {
    const found = await withSession(lab, search, progress, (session) =>
      errorsThatHold(tryOn(session, false)),
    );
    const chosen = await withSession(lab, confirm, progress, (session) => first(found, tryOn(session, true)));
    if (chosen === undefined)
      return { written: await writeModelDelta(out, folders, { ...choice, exact: true }, progress), trials };
    await rename(pathOf(chosen), out);
    return { written: made.get(chosen)!, trials };
  } finally {
    for (const path of tried)
      for (const left of [path, partsFolder(path)]) await rm(left, { recursive: true, force: true });
  }
}

/** Returns the first value for which a test holds. */
async function first<T>(values: readonly T[], test: (value: T) => Promise<boolean>): Promise<T | undefined> {
  for (const value of values) if (await test(value)) return value;
  return undefined;
}

/** Calls `work` with a session that has measured the fine-tuned model itself. */
async function withSession<T>(
  lab: Lab,
  plan: Plan,
  { signal, onProgress }: DeltaProgress,
  work: (session: PlanSession) => Promise<T>,
): Promise<T> {
  const session = await PlanSession.open(lab, plan, signal, (step) => onProgress?.(0, step));
  try {
    await evaluateBaseline(session, signal, (share) => onProgress?.(share, 'measuring the fine-tuned model'));
    return await work(session);
  } finally {
    session.dispose();
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
