import { createStore } from 'zustand/vanilla';
import type { DeviceSummary, LabCalls } from '../../../workers/labCalls';
import { formatCodec } from '../../codecs/contract/spec';
import type { LabEvent, Progress } from '../../lab/run/events';
import type { Plan } from '../../lab/plan/plan';
import { noticeOf, withNotice } from './notices';
import type { Notice } from './notices';

/** The state of the page between runs: not ready yet, ready, or how the last run ended. */
type Rest = 'booting' | 'ready' | 'done' | 'error';

/** The page's state machine, mirrored on <html data-lab-state>. */
export type Phase = Rest | 'running';

/** What the worker is doing for the page, one thing at a time. Only an estimate gives way to anything else. */
export interface Activity {
  /** The kind of the calls of which it consists. */
  kind: keyof LabCalls;
  /** Id of the record that is cross-checked or made into a file. */
  record: string | null;
  /** What is happening now, in words. */
  step: string | null;
  /** Whether Stop was pressed and the worker has not ended yet. */
  stopping: boolean;
  stop(): void;
}

/** A run as the page shows it: its plan and how far it is. */
export interface RunView {
  plan: Plan;
  estimateMs: number;
  progress: Progress;
  /** Spellings of the plan's codecs that have a record. */
  finished: readonly string[];
  failed: readonly string[];
  status: 'running' | 'complete' | 'stopped' | 'failed';
}

export interface LabState {
  rest: Rest;
  device: DeviceSummary | null;
  /** Why no run is possible here at all; recorded examples stay usable. */
  blocked: { code: string; message: string; remedy: string } | null;
  /** What the worker is doing now. */
  activity: Activity | null;
  /** The present run, or the last one. */
  run: RunView | null;
  notices: readonly Notice[];
  /** The last failure, for automation. */
  error: { code: string; message: string; remedy: string } | null;
}

const INITIAL: LabState = {
  rest: 'booting',
  device: null,
  blocked: null,
  activity: null,
  run: null,
  notices: [],
  error: null,
};

/** Creates the store; it does not depend on React, so that automation and tests reach it too. */
export function createLabStore() {
  return createStore<LabState>(() => INITIAL);
}

export type LabStore = ReturnType<typeof createLabStore>;

/** Returns the page's phase: running while a plan runs, otherwise the state between runs. */
export function pagePhase({ activity, rest }: LabState): Phase {
  return activity?.kind === 'run' ? 'running' : rest;
}

/** Whether the worker is doing something that has to end before anything else can begin. */
export function isBusy({ activity }: LabState): boolean {
  return activity !== null && activity.kind !== 'estimate';
}

/** Whether something new can begin. */
export function canBegin(state: LabState): boolean {
  return !state.blocked && state.rest !== 'booting' && !isBusy(state);
}

/** Begins a run; a notice about an invalid plan has become irrelevant. */
export function startRun(state: LabState, plan: Plan): Partial<LabState> {
  const progress = { fraction: 0, step: 'Starting', elapsedMs: 0, remainingMs: 0 };
  const run: RunView = {
    plan,
    estimateMs: 0,
    progress,
    finished: [],
    failed: [],
    status: 'running',
  };
  return { run, error: null, notices: state.notices.filter((n) => n.code !== 'bad-plan') };
}

/** Returns what an event of the run changes here; records themselves are in the records store. */
export function onRunEvent(state: LabState, event: LabEvent): Partial<LabState> {
  const { run } = state;
  if (!run) return {};
  switch (event.type) {
    case 'started':
      return {
        run: {
          ...run,
          estimateMs: event.estimateMs,
          progress: { ...run.progress, remainingMs: event.estimateMs },
        },
      };
    case 'progress':
      return { run: { ...run, progress: event.progress } };
    case 'record': {
      const { role, codec } = event.record;
      const asked = role !== 'baseline' && run.plan.codecs.some((c) => formatCodec(c) === codec.spec);
      if (!asked || run.finished.includes(codec.spec)) return {};
      return { run: { ...run, finished: [...run.finished, codec.spec] } };
    }
    case 'failed': {
      const { codec, code, message, remedy } = event;
      return {
        run: { ...run, failed: [...run.failed, codec] },
        notices: withNotice(state.notices, { code, message, remedy, subject: codec }),
      };
    }
    case 'done':
      return {};
  }
}

export function endRun(state: LabState, status: 'complete' | 'stopped'): Partial<LabState> {
  return { rest: 'done', run: state.run && { ...state.run, status } };
}

/** Ends a run that cannot continue; finished records stay. */
export function failRun(state: LabState, error: unknown): Partial<LabState> {
  return { ...addError(state, error), rest: 'error', run: state.run && { ...state.run, status: 'failed' } };
}

/** Shows an error without leaving the phase. */
export function addError(state: LabState, error: unknown, subject?: string): Partial<LabState> {
  const notice = noticeOf(error, subject);
  if (!notice) return {};
  const { code, message, remedy } = notice;
  return { notices: withNotice(state.notices, notice), error: { code, message, remedy } };
}

export function dismiss(state: LabState, id: number): Partial<LabState> {
  return { notices: state.notices.filter((n) => n.id !== id) };
}
