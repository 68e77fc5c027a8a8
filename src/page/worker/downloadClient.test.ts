import { beforeEach, describe, expect, it } from 'vitest';
import type { FromWorker, ToWorker } from '../../../workers/calls';
import type { DownloadCalls } from '../../../workers/downloadCalls';
import { Cancelled } from '../../base/errors';
import { createDownloadClient, type DownloadPort } from './downloadClient';

type Message = ToWorker<DownloadCalls, Record<never, never>>;

class TestPort implements DownloadPort {
  sent: Message[] = [];
  terminated = false;
  onmessage: DownloadPort['onmessage'] = null;
  onerror: DownloadPort['onerror'] = null;
  postMessage(message: Message): void {
    this.sent.push(message);
  }
  terminate(): void {
    this.terminated = true;
  }
  answer(data: FromWorker<DownloadCalls>): void {
    this.onmessage!({ data } as MessageEvent<FromWorker<DownloadCalls>>);
  }
}

const MODEL = { id: 'o/n', revision: 'a'.repeat(40), files: [] };
let ports: TestPort[];
const client = () =>
  createDownloadClient(() => {
    ports.push(new TestPort());
    return ports.at(-1)!;
  });

beforeEach(() => {
  ports = [];
});

describe('download client', () => {
  it('reports progress, then the end', async () => {
    const told: number[] = [];
    const onProgress = ({ loaded }: { loaded: number }) => told.push(loaded);
    const download = client().call('download', { model: MODEL }, { onProgress });
    const progress = { file: 'f', loaded: 5, total: 10, bytesPerSecond: 1 };
    ports[0].answer({ type: 'progress', id: 1, progress });
    ports[0].answer({ type: 'result', id: 1, result: undefined });
    await download;
    expect(told).toEqual([5]);
  });

  it('sends a stop with the id of the call, which ends as cancelled', async () => {
    const stop = new AbortController();
    const download = client().call('download', { model: MODEL }, { signal: stop.signal });
    stop.abort();
    expect(ports[0].sent[1]).toEqual({ type: 'stop', id: 1 });
    ports[0].answer({ type: 'stopped', id: 1 });
    await expect(download).rejects.toBeInstanceOf(Cancelled);
  });

  it('matches answers to calls and keeps the remedy of errors', async () => {
    const line = client();
    const [first, second] = [line.call('lookUp', { model: 'o/n' }), line.call('list', null)];
    ports[0].answer({ type: 'result', id: 2, result: [] });
    ports[0].answer({ type: 'error', id: 1, code: 'network', message: 'No.', remedy: 'Wait.' });
    expect(await second).toEqual([]);
    await expect(first).rejects.toMatchObject({ code: 'network', remedy: 'Wait.' });
  });

  it('rejects pending calls after a crash, and starts a new worker with the next call', async () => {
    const line = client();
    const list = line.call('list', null);
    ports[0].onerror!({ message: 'boom', preventDefault: () => undefined } as ErrorEvent);
    await expect(list).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('boom') as string,
    });
    expect(ports[0].terminated).toBe(true);
    void line.call('list', null).catch(() => undefined);
    expect(ports).toHaveLength(2);
  });
});
