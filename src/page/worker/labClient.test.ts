import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FromWorker, ToWorker } from '../../../workers/calls';
import type { DeviceSummary, LabCalls, LabNotes } from '../../../workers/labCalls';
import { Cancelled, type LabError } from '../../base/errors';
import type { LabEvent } from '../../lab/run/events';
import type { Plan } from '../../lab/plan/plan';
import type { ModelShape } from '../../models/architecture';
import { createLabClient, type LabPort } from './labClient';

class TestPort implements LabPort {
  sent: ToWorker<LabCalls, LabNotes>[] = [];
  terminated = false;
  onmessage: LabPort['onmessage'] = null;
  onerror: LabPort['onerror'] = null;
  postMessage(message: ToWorker<LabCalls, LabNotes>): void {
    this.sent.push(message);
  }
  terminate(): void {
    this.terminated = true;
  }
  answer(data: FromWorker<LabCalls>): void {
    this.onmessage!({ data } as MessageEvent<FromWorker<LabCalls>>);
  }
  die(message: string): void {
    this.onerror!({ message, preventDefault: () => undefined } as ErrorEvent);
  }
}

const plan = { model: 'm' } as Plan;
let ports: TestPort[];
let strays: LabError[];

function client() {
  return createLabClient(
    () => {
      ports.push(new TestPort());
      return ports.at(-1)!;
    },
    (error) => strays.push(error),
  );
}

/** Lets promises settle. */
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  ports = [];
  strays = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe('lab client', () => {
  it('opens the device', async () => {
    const opening = client().call('open', null);
    const device = { maxBindingBytes: 1 } as DeviceSummary;
    ports[0].answer({ type: 'result', id: 1, result: device });
    expect(await opening).toBe(device);
  });

  it('tells a worker, and a new one again, of the compute setting, a hidden tab and chosen models', async () => {
    const lab = client();
    const model = { id: 'local:m', files: new Map<string, Blob>() };
    lab.setCompute('cpu');
    lab.setHidden(true);
    lab.pick(model);
    const asked = lab.call('inspect', 'local:m');
    const initialNotes = [
      { type: 'note', kind: 'compute', value: 'cpu' },
      { type: 'note', kind: 'hidden', value: true },
      { type: 'note', kind: 'pick', value: model },
    ];
    expect(ports[0].sent).toEqual([
      ...initialNotes,
      { type: 'call', id: 1, kind: 'inspect', params: 'local:m' },
    ]);
    ports[0].answer({ type: 'result', id: 1, result: { parameters: 7 } as ModelShape });
    expect(await asked).toEqual({ parameters: 7 });
    lab.forget('o/n');
    expect(ports[0].sent.at(-1)).toEqual({ type: 'note', kind: 'forget', value: 'o/n' });
    ports[0].die('gone');
    void lab.call('inspect', 'local:m').catch(() => undefined);
    expect(ports[1].sent.slice(0, 3)).toEqual(initialNotes);
  });

  it('reports the steps of a cross-check and ends with the record', async () => {
    const steps: string[] = [];
    const onProgress = (step: string) => steps.push(step);
    const checked = client().call('crossCheck', { id: 'r' } as never, { onProgress });
    expect(ports[0].sent).toEqual([{ type: 'call', id: 1, kind: 'crossCheck', params: { id: 'r' } }]);
    ports[0].answer({ type: 'progress', id: 1, progress: 'reading' });
    ports[0].answer({ type: 'result', id: 1, result: { id: 'r', validity: [] } as never });
    expect(await checked).toEqual({ id: 'r', validity: [] });
    expect(steps).toEqual(['reading']);
  });

  it('waits longer for training: a stopped run writes a checkpoint first', async () => {
    const messages: string[] = [];
    const stop = new AbortController();
    const run = client().call('train', { plan: {} } as never, {
      signal: stop.signal,
      onProgress: (message) => messages.push(message.type),
    });
    stop.abort();
    vi.advanceTimersByTime(20_000);
    expect(ports[0].terminated).toBe(false);
    ports[0].answer({ type: 'progress', id: 1, progress: { type: 'checkpoint', stage: 'qat', step: 3 } });
    ports[0].answer({ type: 'progress', id: 1, progress: { type: 'done', status: 'stopped' } });
    ports[0].answer({ type: 'result', id: 1, result: 'stopped' });
    expect(await run).toBe('stopped');
    expect(messages).toEqual(['checkpoint', 'done']);
  });

  it('waits without limit for a stopped estimate', () => {
    const stop = new AbortController();
    void client().call('estimate', plan, { signal: stop.signal });
    stop.abort();
    vi.advanceTimersByTime(1e9);
    expect(ports[0]).toMatchObject({ terminated: false, sent: [{ type: 'call' }, { type: 'stop', id: 1 }] });
  });

  it('rejects a call with the error and remedy of the worker', async () => {
    const opening = client().call('open', null);
    ports[0].answer({ type: 'error', id: 1, code: 'no-webgpu', message: 'none.', remedy: 'do.' });
    await expect(opening).rejects.toMatchObject({ code: 'no-webgpu', remedy: 'do.' });
  });

  it('routes events by id and ends with the result', async () => {
    const events: LabEvent[] = [];
    const run = client().call('run', plan, { onProgress: (event) => events.push(event) });
    ports[0].answer({ type: 'progress', id: 99, progress: { type: 'done', status: 'stopped' } });
    ports[0].answer({ type: 'progress', id: 1, progress: { type: 'done', status: 'complete' } });
    ports[0].answer({ type: 'result', id: 1, result: 'complete' });
    expect(await run).toBe('complete');
    expect(events).toEqual([{ type: 'done', status: 'complete' }]);
  });

  it('terminates a worker that ignores a stop, and starts a new one', async () => {
    const lab = client();
    const stop = new AbortController();
    const run = lab.call('run', plan, { signal: stop.signal });
    stop.abort();
    expect(ports[0].sent.at(-1)).toEqual({ type: 'stop', id: 1 });
    vi.advanceTimersByTime(5001);
    await expect(run).rejects.toBeInstanceOf(Cancelled);
    expect(ports[0].terminated).toBe(true);
    void lab.call('run', plan);
    expect(ports).toHaveLength(2);
  });

  it('keeps a worker that stopped in time, and does not stop a call that has ended', async () => {
    const stop = new AbortController();
    const lab = client();
    const run = lab.call('run', plan, { signal: stop.signal });
    stop.abort();
    ports[0].answer({ type: 'result', id: 1, result: 'stopped' });
    expect(await run).toBe('stopped');
    vi.advanceTimersByTime(60_000);
    expect(ports[0].terminated).toBe(false);

    const later = new AbortController();
    const benchmark = lab.call('benchmark', null, { signal: later.signal });
    ports[0].answer({ type: 'result', id: 2, result: [] });
    await benchmark;
    const sent = ports[0].sent.length;
    later.abort();
    expect(ports[0].sent).toHaveLength(sent);
  });

  it('does not start a call that was stopped before', async () => {
    await expect(client().call('run', plan, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(
      Cancelled,
    );
    expect(ports).toEqual([]);
  });

  it('ends a stopped generation as cancelled, not as an error', async () => {
    const text = client().call('generate', {} as never);
    ports[0].answer({ type: 'stopped', id: 1 });
    await expect(text).rejects.toBeInstanceOf(Cancelled);
  });

  it('rejects a call after a lost device with its code', async () => {
    const run = client().call('run', plan);
    ports[0].answer({ type: 'error', id: 1, code: 'device-lost', message: 'gone.', remedy: 'again.' });
    await expect(run).rejects.toMatchObject({ code: 'device-lost' });
    expect(strays).toEqual([]);
  });

  it('rejects all pending calls after a crash, and reports a crash without calls', async () => {
    const lab = client();
    const calls = [lab.call('run', plan), lab.call('inspect', 'm')];
    const ends = Promise.allSettled(calls);
    ports[0].die('boom');
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(strays).toEqual([]);
    void lab.call('open', null);
    ports[1].answer({ type: 'result', id: 3, result: {} as DeviceSummary });
    await settled();
    ports[1].die('boom');
    expect(strays.map(({ code, message }) => [code, message])).toEqual([
      ['internal', "The lab's worker failed: boom"],
    ]);
  });

  it('replaces a crashed worker with the next call', async () => {
    const lab = client();
    const first = lab.call('benchmark', null);
    ports[0].die('boom');
    await expect(first).rejects.toThrow(/boom/);
    const next = lab.call('benchmark', null);
    ports[1].answer({ type: 'result', id: 2, result: [] });
    expect(await next).toEqual([]);
  });
});
