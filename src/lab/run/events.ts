import type { ErrorCode } from '../../base/errors';
import type { Plan } from '../plan/plan';
import type { LabRecord } from '../results/record';

export interface Progress {
  /** 0 … 1 of the whole plan. */
  fraction: number;
  /** The current step, e.g. "rtn(bits=4): measuring, window 12 of 32". */
  step: string;
  elapsedMs: number;
  remainingMs: number;
}

/** The events of a run. Worker, command line and tests receive the same ones. */
export type LabEvent =
  | { type: 'started'; plan: Plan; estimateMs: number; codecs: number }
  | { type: 'progress'; progress: Progress }
  /** A new record, or one whose verdict has arrived (same id: replace). */
  | { type: 'record'; record: LabRecord }
  /** One codec failed; the others go on. */
  | { type: 'failed'; codec: string; code: ErrorCode; message: string; remedy: string }
  | { type: 'done'; status: 'complete' | 'stopped' };
