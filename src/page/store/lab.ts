import { createStore } from 'zustand/vanilla';
import type { DeviceSummary, LabCalls } from '../../../workers/labCalls';
import { formatCodec } from '../../codecs/contract/spec';
import type { ComputeChoice } from '../../lab/compute';
import type { SelfCheck } from '../../lab/results/record';
import type { LabEvent, Progress } from '../../lab/run/events';
import type { Plan } from '../../lab/plan/plan';
import { noticeOf, withNotice } from './notices';
import type { Notice } from './notices';

/** The state of the page between runs: not ready yet, ready, or how the last run ended. */
type IdlePhase = 'booting' | 'ready' | 'done' | 'error';

/** The page's state machine, mirrored on <html data-lab-state>. */
export type Phase = IdlePhase | 'running';

/** Work that the worker does for the page. There is at most one activity, and only an estimate is stopped to start another. */
export interface Activity {
  /** The kind of its calls to the worker. */
  kind: keyof LabCalls;
  /** Id of the record that is cross-checked or written to a file, or of the view in which texts are written. */
  record: string | null;
  /** The present step, in words. */
  step: string | null;
  /** Whether Stop was pressed and the worker has not ended yet. */
  stopping: boolean;
  stop(): void;
}

/** A run as the page shows it: its plan and its progress. */
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
  idlePhase: IdlePhase;
  /** The adapter, or that there is none and the CPU computes; null until the worker has answered. */
  device: DeviceSummary | 'none' | null;
  /** How the adapter computes a known window; null until it has. */
  selfCheck: SelfCheck | null;
  /** What runs models when they are measured. */
  compute: ComputeChoice;
  /** Why no run is possible on this device; recorded examples can still be viewed. */
  blocked: { code: string; message: string; remedy: string } | null;
  /** The present activity. */
  activity: Activity | null;
  /** The present run, or the last one. */
  run: RunView | null;
  notices: readonly Notice[];
  /** The last failure, for automation. */
  error: { code: string; message: string; remedy: string } | null;
}

const INITIAL: LabState = {
  idlePhase: 'booting',
  device: null,
  selfCheck: null,
  compute: 'auto',
  blocked: null,
  activity: null,
  run: null,
  notices: [],
  error: null,
};

/** Creates the store. It does not depend on React, so that automation and tests can use it. */
export function createLabStore() {
  return createStore<LabState>(() => INITIAL);
}

export type LabStore = ReturnType<typeof createLabStore>;

/** Returns the page's phase: running while a plan runs, otherwise the state between runs. */
export function pagePhase({ activity, idlePhase }: LabState): Phase {
  return activity?.kind === 'run' ? 'running' : idlePhase;
}

/** Whether the worker runs an activity that has to end before another one can start. */
export function isBusy({ activity }: LabState): boolean {
  return activity !== null && activity.kind !== 'estimate';
}

/** Whether a new activity can start. */
export function canStart(state: LabState): boolean {
  return !state.blocked && state.idlePhase !== 'booting' && !isBusy(state);
}

/** Starts a run and removes notices about invalid plans. */
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

/** Returns the changes that an event of the run makes to this store; the records store holds the records. */
export function applyRunEvent(state: LabState, event: LabEvent): Partial<LabState> {
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

/** Ends a run that is complete or was stopped. */
export function endRun(state: LabState, status: 'complete' | 'stopped'): Partial<LabState> {
  return { idlePhase: 'done', run: state.run && { ...state.run, status } };
}

/** Ends a run that cannot continue; finished records are kept. */
export function failRun(state: LabState, error: unknown): Partial<LabState> {
  return {
    ...addError(state, error),
    idlePhase: 'error',
    run: state.run && { ...state.run, status: 'failed' },
  };
}

/** Adds an error without changing the phase. */
export function addError(state: LabState, error: unknown, subject?: string): Partial<LabState> {
  const notice = noticeOf(error, subject);
  if (!notice) return {};
  const { code, message, remedy } = notice;
  return { notices: withNotice(state.notices, notice), error: { code, message, remedy } };
}

export function dismissNotice(state: LabState, id: number): Partial<LabState> {
  return { notices: state.notices.filter((n) => n.id !== id) };
}
