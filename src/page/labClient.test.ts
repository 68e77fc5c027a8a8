import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeviceLine, LabRequest, LabResponse } from '../../workers/protocol';
import { Cancelled, LabError } from '../base/errors';
import type { LabEvent } from '../lab/run/events';
import type { Plan } from '../lab/plan/plan';
import type { ModelShape } from '../models/architecture';
import { createLabClient } from './labClient';
import type { Port } from './labClient';

class TestPort implements Port {
  sent: LabRequest[] = [];
  terminated = false;
  onmessage: Port['onmessage'] = null;
  onerror: Port['onerror'] = null;
  postMessage(message: LabRequest): void {
    this.sent.push(message);
  }
  terminate(): void {
    this.terminated = true;
  }
  answer(data: LabResponse): void {
    this.onmessage!({ data } as MessageEvent<LabResponse>);
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

beforeEach(() => {
  ports = [];
  strays = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe('lab client', () => {
  it('opens once and hands over the device line', async () => {
    const opening = client().open();
    const device = { maxBindingBytes: 1 } as DeviceLine;
    ports[0].answer({ type: 'opened', device });
    expect(await opening).toBe(device);
  });

  it('tells a worker of the models people chose, and a fresh one again', async () => {
    const lab = client();
    const model = { id: 'local:m', kind: 'hub', files: new Map() } as const;
    lab.pick(model);
    const asked = lab.inspect('local:m');
    expect(ports[0].sent.map(({ type }) => type)).toEqual(['pick', 'inspect']);
    ports[0].answer({ type: 'inspected', id: 1, shape: { parameters: 7 } as ModelShape });
    expect(await asked).toEqual({ parameters: 7 });
    ports[0].onerror!({ message: 'gone', preventDefault: () => undefined } as ErrorEvent);
    void lab.inspect('local:m').catch(() => undefined);
    expect(ports[1].sent[0]).toEqual({ type: 'pick', model });
  });

  it('a check tells its steps and ends with the record', async () => {
    const steps: string[] = [];
    const job = client().verify({ id: 'r' } as never, (step) => steps.push(step));
    expect(ports[0].sent).toEqual([{ type: 'verify', id: 1, record: { id: 'r' } }]);
    ports[0].answer({ type: 'verifying', id: 1, step: 'reading' });
    ports[0].answer({ type: 'verified', id: 1, record: { id: 'r', validity: [] } as never });
    expect(await job.done).toEqual({ id: 'r', validity: [] });
    expect(steps).toEqual(['reading']);
  });

  it('has more patience with training: a stopped run writes a checkpoint first', async () => {
    const lab = client();
    const messages: string[] = [];
    const job = lab.train({ plan: {} } as never, (message) => messages.push(message.type));
    job.stop();
    vi.advanceTimersByTime(20_000);
    expect(ports[0].terminated).toBe(false);
    ports[0].answer({ type: 'training', id: 1, message: { type: 'checkpoint', stage: 'qat', step: 3 } });
    ports[0].answer({ type: 'training', id: 1, message: { type: 'done', status: 'stopped' } });
    expect(await job.done).toBe('stopped');
    expect(messages).toEqual(['checkpoint', 'done']);
  });

  it('turns an answer without id into a failed opening', async () => {
    const opening = client().open();
    ports[0].answer({ type: 'error', id: null, code: 'no-webgpu', message: 'none.', remedy: 'do.' });
    await expect(opening).rejects.toMatchObject({ code: 'no-webgpu', remedy: 'do.' });
  });

  it('routes events by id and ends with the done event', async () => {
    const lab = client();
    const events: LabEvent[] = [];
    const job = lab.run(plan, (event) => events.push(event));
    ports[0].answer({ type: 'event', id: 99, event: { type: 'done', status: 'stopped' } });
    ports[0].answer({ type: 'event', id: 1, event: { type: 'done', status: 'complete' } });
    expect(await job.done).toBe('complete');
    expect(events).toHaveLength(1);
  });

  it('ends a worker that ignores stop, and starts a fresh one', async () => {
    const lab = client();
    const job = lab.run(plan, () => {});
    job.stop();
    expect(ports[0].sent.at(-1)).toEqual({ type: 'stop', id: 1 });
    vi.advanceTimersByTime(5001);
    expect(await job.done).toBe('stopped');
    expect(ports[0].terminated).toBe(true);
    void lab.run(plan, () => {});
    expect(ports).toHaveLength(2);
  });

  it('a stopped generation is a cancellation, not an error', async () => {
    const job = client().generate({} as never, () => {});
    ports[0].answer({ type: 'stopped', id: 1 });
    await expect(job.done).rejects.toBeInstanceOf(Cancelled);
  });

  it('a lost device ends what is under way; without work it is reported', async () => {
    const lab = client();
    const job = lab.run(plan, () => {});
    const lost = {
      type: 'error',
      id: null,
      code: 'device-lost',
      message: 'gone.',
      remedy: 'again.',
    } as const;
    ports[0].answer(lost);
    await expect(job.done).rejects.toMatchObject({ code: 'device-lost' });
    ports[0].answer(lost);
    expect(strays.map((e) => e.code)).toEqual(['device-lost']);
  });

  it('a crashed worker rejects and is replaced by the next request', async () => {
    const lab = client();
    const job = lab.benchmark(() => {});
    ports[0].onerror!({ message: 'boom', preventDefault: () => {} } as ErrorEvent);
    await expect(job.done).rejects.toThrow(/boom/);
    const next = lab.benchmark(() => {});
    ports[1].answer({ type: 'benchmarked', id: 2, rows: [] });
    expect(await next.done).toEqual([]);
  });
});
