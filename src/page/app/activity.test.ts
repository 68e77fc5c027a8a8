import { describe, expect, it } from 'vitest';
import { Cancelled, LabError } from '../../base/errors';
import { canStart, createLabStore, isBusy, pagePhase } from '../store/lab';
import { runActivity, statusOf, stop } from './activity';
import type { Page } from './page';

function somePage() {
  const lab = createLabStore();
  lab.setState({ idlePhase: 'ready' });
  return { page: { lab } as Page, activity: () => lab.getState().activity };
}

/** Creates work that ends on request, or as soon as it is stopped. */
function work() {
  let end!: (value: string) => void;
  const begun = (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      end = resolve;
      signal.addEventListener('abort', () => reject(new Cancelled()));
    });
  return { begun, end: (value: string) => end(value) };
}

describe('an activity of the worker', () => {
  it('excludes others and shows its step until it ends', async () => {
    const { page, activity } = somePage();
    const { begun, end } = work();
    const done = runActivity(
      page,
      'crossCheck',
      ({ signal, showStep }) => {
        showStep('reading');
        return begun(signal);
      },
      'r',
    );
    expect(activity()).toMatchObject({ kind: 'crossCheck', record: 'r', step: 'reading', stopping: false });
    expect([isBusy(page.lab.getState()), canStart(page.lab.getState())]).toEqual([true, false]);
    await expect(runActivity(page, 'benchmark', () => Promise.resolve())).rejects.toMatchObject({
      code: 'bad-input',
    });
    end('done');
    expect(await done).toBe('done');
    expect(activity()).toBeNull();
    expect(canStart(page.lab.getState())).toBe(true);
  });

  it('ends when it is stopped', async () => {
    const { page, activity } = somePage();
    const { begun } = work();
    const done = runActivity(page, 'run', ({ signal }) => begun(signal));
    expect(pagePhase(page.lab.getState())).toBe('running');
    stop(page);
    expect(activity()).toMatchObject({ stopping: true });
    await expect(done).rejects.toBeInstanceOf(Cancelled);
    expect([activity(), pagePhase(page.lab.getState())]).toEqual([null, 'ready']);
  });

  it('replaces a running estimate, which then changes nothing', async () => {
    const { page, activity } = somePage();
    const [estimate, run] = [work(), work()];
    const estimated = runActivity(page, 'estimate', ({ signal }) => estimate.begun(signal));
    expect([isBusy(page.lab.getState()), canStart(page.lab.getState())]).toEqual([false, true]);
    stop(page);
    expect(activity()).toMatchObject({ kind: 'estimate', stopping: false });
    const done = runActivity(page, 'run', ({ signal }) => run.begun(signal));
    await expect(estimated).rejects.toBeInstanceOf(Cancelled);
    expect(activity()).toMatchObject({ kind: 'run' });
    run.end('done');
    await done;
    expect(activity()).toBeNull();
  });

  it('ends when its work fails', async () => {
    const { page, activity } = somePage();
    const lost = new LabError('device-lost', 'Gone.', 'Again.');
    await expect(runActivity(page, 'train', () => Promise.reject(lost))).rejects.toBe(lost);
    expect(activity()).toBeNull();
  });
});

it('a stopped call returns "stopped", and a failed one throws', async () => {
  expect(await statusOf(Promise.resolve('complete'))).toBe('complete');
  expect(await statusOf(Promise.reject(new Cancelled()))).toBe('stopped');
  await expect(statusOf(Promise.reject(new Error('no')))).rejects.toThrow('no');
});
