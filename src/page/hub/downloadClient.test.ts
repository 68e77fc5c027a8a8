import { beforeEach, describe, expect, it } from 'vitest';
import type { DownloadRequest, DownloadResponse } from '../../../workers/downloadProtocol';
import { Cancelled } from '../../base/errors';
import { createDownloadClient, type DownloadPort } from './downloadClient';

class TestPort implements DownloadPort {
  sent: DownloadRequest[] = [];
  terminated = false;
  onmessage: DownloadPort['onmessage'] = null;
  onerror: DownloadPort['onerror'] = null;
  postMessage(message: DownloadRequest): void {
    this.sent.push(message);
  }
  terminate(): void {
    this.terminated = true;
  }
  answer(data: DownloadResponse): void {
    this.onmessage!({ data } as MessageEvent<DownloadResponse>);
  }
}

const MODEL = { id: 'o/n', revision: 'a'.repeat(40), files: [] };
let ports: TestPort[];
let token: string;
const client = () =>
  createDownloadClient(
    () => {
      ports.push(new TestPort());
      return ports.at(-1)!;
    },
    () => token,
  );

beforeEach(() => {
  ports = [];
  token = '';
});

describe('download client', () => {
  it('tells progress, and the end once', async () => {
    const told: number[] = [];
    const job = client().download(MODEL, ({ loaded }) => told.push(loaded));
    const [{ id }] = ports[0].sent;
    const progress = { file: 'f', loaded: 5, total: 10, bytesPerSecond: 1 };
    ports[0].answer({ type: 'progress', id, progress });
    ports[0].answer({ type: 'done', id });
    await job.done;
    expect(told).toEqual([5]);
  });

  it('stop names the request, and its end is a cancellation', async () => {
    const job = client().download(MODEL, () => undefined);
    const [{ id }] = ports[0].sent;
    job.stop();
    expect(ports[0].sent[1]).toMatchObject({ type: 'stop', request: id });
    ports[0].answer({ type: 'stopped', id });
    await expect(job.done).rejects.toBeInstanceOf(Cancelled);
  });

  it('answers find their request, errors keep their remedy', async () => {
    const lines = client();
    const [first, second] = [lines.look('o/n').done, lines.list()];
    const [look, list] = ports[0].sent;
    ports[0].answer({ type: 'listed', id: list.id, models: [] });
    ports[0].answer({ type: 'error', id: look.id, code: 'network', message: 'No.', remedy: 'Wait.' });
    expect(await second).toEqual([]);
    await expect(first).rejects.toMatchObject({ code: 'network', remedy: 'Wait.' });
  });

  it('the token goes along as it is when asked, and none is sent where there is none', () => {
    const lines = client();
    void lines.look('o/n').done.catch(() => undefined);
    token = 'secret';
    void lines.look('o/n').done.catch(() => undefined);
    expect(ports[0].sent[0]).not.toHaveProperty('token');
    expect(ports[0].sent[1]).toMatchObject({ token: 'secret' });
  });

  it('a crash fails what was asked, and the next request starts a fresh worker', async () => {
    const lines = client();
    const list = lines.list();
    ports[0].onerror!({ message: 'boom', preventDefault: () => undefined } as ErrorEvent);
    await expect(list).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('boom') as string,
    });
    expect(ports[0].terminated).toBe(true);
    void lines.list().catch(() => undefined);
    expect(ports).toHaveLength(2);
  });
});
