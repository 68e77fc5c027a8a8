import { describe, expect, it } from 'vitest';
import { Cancelled, LabError } from '../../base/errors';
import { canBegin, createLabStore, isBusy, pagePhase } from '../store/lab';
import { occupy, statusOf, stop } from './activity';
import type { Page } from './page';

function somePage() {
  const lab = createLabStore();
  lab.setState({ rest: 'ready' });
  return { page: { lab } as Page, activity: () => lab.getState().activity };
}

/** Work that ends when it is told to, or as soon as it is stopped. */
function work() {
  let end!: (value: string) => void;
  const begun = (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      end = resolve;
      signal.addEventListener('abort', () => reject(new Cancelled()));
    });
  return { begun, end: (value: string) => end(value) };
}

describe('what the worker does for the page', () => {
  it('is one thing at a time, with its words, until it ends', async () => {
    const { page, activity } = somePage();
    const { begun, end } = work();
    const done = occupy(
      page,
      'crossCheck',
      ({ signal, say }) => {
        say('reading');
        return begun(signal);
      },
      'r',
    );
    expect(activity()).toMatchObject({ kind: 'crossCheck', record: 'r', step: 'reading', stopping: false });
    expect([isBusy(page.lab.getState()), canBegin(page.lab.getState())]).toEqual([true, false]);
    await expect(occupy(page, 'benchmark', () => Promise.resolve())).rejects.toMatchObject({
      code: 'bad-input',
    });
    end('done');
    expect(await done).toBe('done');
    expect(activity()).toBeNull();
    expect(canBegin(page.lab.getState())).toBe(true);
  });

  it('ends with Stop', async () => {
    const { page, activity } = somePage();
    const { begun } = work();
    const done = occupy(page, 'run', ({ signal }) => begun(signal));
    expect(pagePhase(page.lab.getState())).toBe('running');
    stop(page);
    expect(activity()).toMatchObject({ stopping: true });
    await expect(done).rejects.toBeInstanceOf(Cancelled);
    expect([activity(), pagePhase(page.lab.getState())]).toEqual([null, 'ready']);
  });

  it('lets an estimate give way, which then changes nothing any more', async () => {
    const { page, activity } = somePage();
    const [estimate, run] = [work(), work()];
    const estimated = occupy(page, 'estimate', ({ signal }) => estimate.begun(signal));
    expect([isBusy(page.lab.getState()), canBegin(page.lab.getState())]).toEqual([false, true]);
    stop(page);
    expect(activity()).toMatchObject({ kind: 'estimate', stopping: false });
    const done = occupy(page, 'run', ({ signal }) => run.begun(signal));
    await expect(estimated).rejects.toBeInstanceOf(Cancelled);
    expect(activity()).toMatchObject({ kind: 'run' });
    run.end('done');
    await done;
    expect(activity()).toBeNull();
  });

  it('is over when its work fails', async () => {
    const { page, activity } = somePage();
    const lost = new LabError('device-lost', 'Gone.', 'Again.');
    await expect(occupy(page, 'train', () => Promise.reject(lost))).rejects.toBe(lost);
    expect(activity()).toBeNull();
  });
});

it('a call that was stopped ended as stopped, one that failed fails', async () => {
  expect(await statusOf(Promise.resolve('complete'))).toBe('complete');
  expect(await statusOf(Promise.reject(new Cancelled()))).toBe('stopped');
  await expect(statusOf(Promise.reject(new Error('no')))).rejects.toThrow('no');
});
