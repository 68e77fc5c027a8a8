import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunStatus, TrainMessage, TrainParams } from '../../../workers/labCalls';
import { LabError } from '../../base/errors';
import type { PausedRun, PausedRuns } from '../../platform/browser/pausedTraining';
import type { Page } from '../app/page';
import { EMBEDDED_NAMES } from '../../lab/plan/build';
import { presetPlan } from '../plan/draft';
import { createLabStore, isBusy } from '../store/lab';
import { createPlanStore } from '../store/plan';
import { createRecordsStore } from '../store/records';
import { createTrainStore } from '../store/train';
import { record } from '../testing/record';
import { discardTraining, refreshPausedRuns, resumeTraining, startTraining } from './commands';
import { planOfTexts } from './draft';
import { stepsDone } from './view';

/** The paused runs that the browser stores. */
const kept = new Map<string, PausedRun>();
vi.mock('../../platform/browser/pausedTraining', () => ({
  openPausedRuns: (): Promise<Pick<PausedRuns, 'list' | 'delete'>> =>
    Promise.resolve({
      list: () => Promise.resolve([...kept.values()]),
      delete: (model) => Promise.resolve(void kept.delete(model)),
    }),
}));

const step = (index: number) => ({
  stage: 'qat' as const,
  report: {
    step: index,
    loss: 3,
    nll: 3,
    learningRate: 0.001,
    gradientNorm: 1,
    correct: 0,
    count: 1,
    milliseconds: 50,
  },
});
const paused = (over: Partial<PausedRun> = {}): PausedRun => ({
  model: 'stories260K',
  fields: { steps: '4', control: 'off' },
  stage: 'qat',
  step: 2,
  steps: [step(1), step(2)],
  savedAt: '2026-01-01T00:00:00.000Z',
  ...over,
});

let emit: (message: TrainMessage) => void;
let settle: { resolve(status: RunStatus): void; reject(error: Error): void };
let asked: TrainParams[];

function somePage(): Page {
  const lab = createLabStore();
  lab.setState({ idlePhase: 'ready' });
  const client = {
    call(_: 'train', request: TrainParams, { onProgress }: { onProgress: typeof emit }): Promise<RunStatus> {
      asked.push(request);
      emit = onProgress;
      return new Promise((resolve, reject) => (settle = { resolve, reject }));
    },
  };
  return {
    client,
    lab,
    plans: createPlanStore(presetPlan('stories260K', 'default', EMBEDDED_NAMES), 'default', EMBEDDED_NAMES),
    records: createRecordsStore(),
    train: createTrainStore(),
  } as unknown as Page;
}

beforeEach(() => {
  kept.clear();
  asked = [];
});

describe('training from the page', () => {
  it('shows steps, adds records and ends', async () => {
    const page = somePage();
    const run = startTraining(page, 'stories260K', { steps: '4', control: 'off' });
    expect(isBusy(page.lab.getState())).toBe(true);
    expect(asked[0]).toMatchObject({
      plan: { model: 'stories260K' },
      fields: { steps: '4' },
      checkpointEvery: 1,
    });
    emit({ type: 'progress', step: 'preparing qat', fraction: 0 });
    expect(page.train.getState().run).toMatchObject({ doing: 'preparing qat', steps: [] });
    emit({ type: 'steps', steps: [step(1), step(2)] });
    expect(page.train.getState().run).toMatchObject({ doing: null, steps: [step(1), step(2)] });
    const measured = record({ id: 'q', training: { from: 'aa', kind: 'qat' } as never });
    emit({ type: 'record', kind: 'qat', record: measured });
    expect(page.records.getState()).toMatchObject({ model: 'stories260K' });
    expect(page.records.getState().own.get('q')).toEqual({ record: measured, origin: 'measured' });
    settle.resolve('complete');
    await run;
    expect(isBusy(page.lab.getState())).toBe(false);
    expect(page.train.getState().run).toMatchObject({ status: 'complete' });
  });

  it('offers the last checkpoint after a lost device', async () => {
    const page = somePage();
    const run = startTraining(page, 'stories260K', { steps: '4', control: 'off' });
    kept.set('stories260K', paused());
    settle.reject(new LabError('device-lost', 'The GPU device was lost.', 'Start again.'));
    await run;
    expect(page.lab.getState().error).toMatchObject({
      code: 'device-lost',
      remedy: 'Press Resume to continue after step 2.',
    });
    expect(isBusy(page.lab.getState())).toBe(false);
    expect(page.train.getState()).toMatchObject({
      paused: [{ step: 2 }],
      run: { status: 'failed' },
    });
  });

  it('resumes with the settings of the run and shows its earlier steps', async () => {
    const page = somePage();
    const run = resumeTraining(
      page,
      paused({ model: 'tiny-classifier', fields: { steps: '4', control: 'off' } }),
    );
    expect(asked[0].resume?.step).toBe(2);
    expect(asked[0].plan.stages.qat?.steps).toBe(4);
    expect(page.train.getState()).toMatchObject({ model: 'tiny-classifier', fields: { steps: '4' } });
    expect(page.train.getState().run?.steps).toHaveLength(2);
    settle.resolve('stopped');
    await run;
  });

  it('refuses settings that this version cannot parse, with a remedy', async () => {
    const page = somePage();
    await resumeTraining(page, paused({ fields: { steps: '4', magic: 'on', group: '7' } }));
    expect(asked).toEqual([]);
    expect(page.lab.getState().error).toMatchObject({
      code: 'bad-plan',
      remedy: 'Discard the run and start again.',
    });
  });

  it('refuses an invalid setting and starts nothing', async () => {
    const page = somePage();
    await startTraining(page, 'stories260K', { steps: '0' });
    expect(asked).toEqual([]);
    expect(page.lab.getState().error?.code).toBe('bad-plan');
  });

  it('says once that nothing is stored, and continues training', async () => {
    const page = somePage();
    const run = startTraining(page, 'stories260K', {});
    for (let i = 0; i < 2; i++)
      emit({ type: 'unsaved', code: 'storage', message: 'No room.', remedy: 'Make some.' });
    expect(page.lab.getState().notices).toMatchObject([{ code: 'storage', times: 2 }]);
    expect(page.lab.getState().activity).toMatchObject({ kind: 'train' });
    settle.resolve('complete');
    await run;
  });

  it('removes a discarded run', async () => {
    const page = somePage();
    kept.set('stories260K', paused());
    await refreshPausedRuns(page);
    expect(page.train.getState().paused).toHaveLength(1);
    await discardTraining(page, paused());
    expect(page.train.getState().paused).toEqual([]);
  });
});

it('estimates the remaining time of all stages from the latest steps', () => {
  const found = planOfTexts('stories260K', { steps: '4' });
  const plan = 'plan' in found ? found.plan : undefined;
  expect(stepsDone({ plan: plan!, steps: [] })).toEqual({ done: 0, total: 8, remainingMs: null });
  expect(stepsDone({ plan: plan!, steps: [step(1), step(2)] })).toEqual({
    done: 2,
    total: 8,
    remainingMs: 300,
  });
});
