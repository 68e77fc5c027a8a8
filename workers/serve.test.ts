import { describe, expect, it, vi } from 'vitest';
import { LabError, throwIfAborted } from '../src/base/errors';
import type { FromWorker, ToWorker } from './calls';
import { serve, type Handlers, type ServeOptions, type WorkerScope } from './serve';

interface TestCalls {
  double: { params: number; progress: string; result: number };
  wait: { params: null; progress: never; result: void };
}
interface TestNotes {
  hidden: boolean;
}

/** Creates a worker whose call `wait` ends when it is stopped or released. */
function worker(over: Partial<ServeOptions<TestNotes, { factor: number }>> = {}) {
  const sent: FromWorker<TestCalls>[] = [];
  const scope: WorkerScope<TestCalls, TestNotes> = {
    onmessage: null,
    postMessage: (data) => sent.push(data),
  };
  const hidden: boolean[] = [];
  let release: (() => void) | undefined;
  const handlers: Handlers<TestCalls, { factor: number }> = {
    double(value, { factor, report }) {
      report(`doubling ${value}`);
      if (value < 0) throw new LabError('bad-input', 'It is negative.', 'Give a positive number.');
      return Promise.resolve(factor * value);
    },
    async wait(_, { signal }) {
      await new Promise<void>((resolve) => {
        release = resolve;
        signal.addEventListener('abort', () => resolve());
      });
      throwIfAborted(signal);
    },
  };
  serve(scope, handlers, {
    order: 'queue',
    context: () => Promise.resolve({ factor: 2 }),
    notes: { hidden: (now: boolean) => hidden.push(now) },
    ...over,
  });
  const send = (data: ToWorker<TestCalls, TestNotes>): void => scope.onmessage!({ data } as never);
  return { sent, hidden, send, waits: () => vi.waitUntil(() => release) };
}

const double = (id: number, params: number) => ({ type: 'call', id, kind: 'double', params }) as const;
const wait = (id: number) => ({ type: 'call', id, kind: 'wait', params: null }) as const;

describe('a worker that serves a table of calls', () => {
  it('reports, then answers with the result', async () => {
    const { send, sent } = worker();
    send(double(7, 21));
    await vi.waitUntil(() => sent.length === 2);
    expect(sent).toEqual([
      { type: 'progress', id: 7, progress: 'doubling 21' },
      { type: 'result', id: 7, result: 42 },
    ]);
  });

  it('answers a failure with its code and remedy, and handles further calls', async () => {
    const onError = vi.fn();
    const { send, sent } = worker({ onError });
    send(double(1, -1));
    send(double(2, 1));
    await vi.waitUntil(() => sent.some(({ id, type }) => id === 2 && type === 'result'));
    expect(sent[1]).toEqual({
      ...{ type: 'error', id: 1, code: 'bad-input' },
      ...{ message: 'It is negative.', remedy: 'Give a positive number.' },
    });
    expect(onError).toHaveBeenCalledOnce();
  });

  it('runs one call after another, and handles notes meanwhile', async () => {
    const { send, sent, hidden, waits } = worker();
    send(wait(1));
    send(double(2, 1));
    send({ type: 'note', kind: 'hidden', value: true });
    expect(hidden).toEqual([true]);
    const release = await waits();
    expect(sent).toEqual([]);
    release();
    await vi.waitUntil(() => sent.length === 3);
    expect(sent.map(({ id }) => id)).toEqual([1, 2, 2]);
  });

  it('runs calls in parallel on request', async () => {
    const { send, sent } = worker({ order: 'parallel' });
    send(wait(1));
    send(double(2, 1));
    await vi.waitUntil(() => sent.length === 2);
    expect(sent.map(({ id }) => id)).toEqual([2, 2]);
  });

  it('stops running and queued calls', async () => {
    const { send, sent, waits } = worker();
    send(wait(1));
    send(double(2, 1));
    send({ type: 'stop', id: 2 });
    await waits();
    send({ type: 'stop', id: 1 });
    await vi.waitUntil(() => sent.length === 2);
    expect(sent).toEqual([
      { type: 'stopped', id: 1 },
      { type: 'stopped', id: 2 },
    ]);
  });

  it('rejects calls without a context', async () => {
    const context = () => Promise.reject(new LabError('no-webgpu', 'None.', 'Another browser.'));
    const { send, sent } = worker({ context });
    send(double(1, 1));
    await vi.waitUntil(() => sent.length === 1);
    expect(sent).toMatchObject([{ type: 'error', id: 1, code: 'no-webgpu' }]);
  });
});
