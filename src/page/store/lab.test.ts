import { describe, expect, it } from 'vitest';
import { Cancelled, LabError } from '../../base/errors';
import type { LabEvent } from '../../lab/run/events';
import { parseCodec } from '../../codecs/contract/spec';
import type { LabRecord } from '../../lab/results/record';
import type { Plan } from '../../lab/plan/plan';
import {
  addError,
  createLabStore,
  dismissNotice,
  endRun,
  failRun,
  applyRunEvent,
  pagePhase,
  startRun,
} from './lab';
import { record } from '../testing/record';

const plan = { model: 'm', codecs: [parseCodec('nf4')] } as unknown as Plan;

function running() {
  const store = createLabStore();
  const activity = { kind: 'run', record: null, step: null, stopping: false, stop: () => undefined } as const;
  store.setState((s) => ({ activity, ...startRun(s, plan) }));
  const feed = (event: LabEvent) => store.setState((s) => applyRunEvent(s, event));
  return { store, feed };
}

const measured = (role: LabRecord['role'], spec: string) => record({ role, codec: { spec } });

describe('lab store', () => {
  it('tracks a run from start to end', () => {
    const { store, feed } = running();
    expect(pagePhase(store.getState())).toBe('running');
    feed({ type: 'started', plan, estimateMs: 9000, codecs: 2 });
    expect(store.getState().run).toMatchObject({ estimateMs: 9000, progress: { remainingMs: 9000 } });
    feed({ type: 'progress', progress: { fraction: 0.5, step: 's', elapsedMs: 1, remainingMs: 2 } });
    store.setState((s) => ({ activity: null, ...endRun(s, 'stopped') }));
    expect(pagePhase(store.getState())).toBe('done');
    expect(store.getState()).toMatchObject({
      run: { status: 'stopped', progress: { fraction: 0.5 } },
    });
  });

  it('counts each codec once, and neither baseline nor opponents', () => {
    const { store, feed } = running();
    for (const r of [
      measured('baseline', 'float32'),
      measured('codec', 'nf4(block=64)'),
      measured('codec', 'nf4(block=64)'),
      measured('opponent', 'rtn(bits=2)'),
    ])
      feed({ type: 'record', record: r });
    expect(store.getState().run?.finished).toEqual(['nf4(block=64)']);
  });

  it('shows a failed codec as a notice with its spelling and continues the run', () => {
    const { store, feed } = running();
    feed({ type: 'failed', codec: 'nf4', code: 'out-of-memory', message: 'No.', remedy: 'Less.' });
    expect(pagePhase(store.getState())).toBe('running');
    expect(store.getState()).toMatchObject({ run: { failed: ['nf4'] } });
    expect(store.getState().notices).toMatchObject([{ subject: 'nf4', times: 1, remedy: 'Less.' }]);
  });

  it('exposes a failed run as an error to automation', () => {
    const { store } = running();
    store.setState((s) => ({
      activity: null,
      ...failRun(s, new LabError('device-lost', 'Gone.', 'Again.')),
    }));
    expect(pagePhase(store.getState())).toBe('error');
    expect(store.getState()).toMatchObject({
      error: { code: 'device-lost' },
      run: { status: 'failed' },
    });
  });

  it('counts repeated notices, ignores cancellations and removes dismissed notices', () => {
    const { store } = running();
    const error = new LabError('network', 'Offline.', 'Retry.');
    store.setState((s) => addError(s, error));
    store.setState((s) => addError(s, error));
    store.setState((s) => addError(s, new Cancelled()));
    expect(store.getState().notices).toMatchObject([{ times: 2 }]);
    store.setState((s) => dismissNotice(s, s.notices[0].id));
    expect(store.getState().notices).toEqual([]);
  });
});
