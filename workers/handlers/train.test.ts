import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LabError } from '../../src/base/errors';
import type { PausedRun } from '../../src/platform/browser/pausedTraining';
import type { TrainRunOptions } from '../../src/lab/train/run';
import type { TrainEvent } from '../../src/lab/train/events';
import type { TrainPlan } from '../../src/lab/train/plan';
import { sampleRecord } from '../../src/testing/sampleRecord';
import type { TrainMessage, TrainParams } from '../labCalls';
import { handleTrain } from './train';

let script: (TrainEvent | Error)[];
let options: TrainRunOptions | undefined;
vi.mock('../../src/lab/train/run', () => ({
  async *runTraining(_lab: unknown, _plan: unknown, given: TrainRunOptions) {
    options = given;
    for (const event of script) {
      if (event instanceof Error) throw event;
      yield event;
    }
  },
}));

const runs = new Map<string, PausedRun>();
const checkpoints = new Map<string, Uint8Array>();
let refuses: boolean;
let open: number;
vi.mock('../../src/platform/browser/pausedTraining', () => ({
  openPausedRuns() {
    if (refuses) throw new LabError('storage', 'The browser keeps nothing.', 'Leave private browsing.');
    open++;
    return {
      save(run: PausedRun, { bytes }: { bytes: Uint8Array }) {
        runs.set(run.model, run);
        checkpoints.set(run.stage, bytes);
      },
      checkpoints: () => new Map([...checkpoints].map(([stage, bytes]) => [stage, { bytes }])),
      delete: (model: string) => (runs.delete(model), checkpoints.clear()),
      close: () => open--,
    };
  },
}));

const step = (index: number): TrainEvent => ({
  type: 'step',
  stage: 'qat',
  steps: 9,
  report: {
    step: index,
    loss: 1,
    nll: 1,
    learningRate: 1,
    gradientNorm: 1,
    correct: 1,
    count: 1,
    milliseconds: 1,
  },
});
const checkpoint = (index: number): TrainEvent => ({
  type: 'checkpoint',
  stage: 'qat',
  step: index,
  checkpoint: { bytes: new Uint8Array([index]) },
});

async function run(request: Partial<TrainParams> = {}): Promise<TrainMessage[]> {
  const told: TrainMessage[] = [];
  await handleTrain(
    { plan: { model: 'm' } as TrainPlan, fields: { steps: '9' }, checkpointEvery: 2, ...request },
    {
      device: undefined,
      openLab: () => Promise.resolve({} as never),
      measuringLab: () => Promise.resolve({} as never),
      modelFiles: () => expect.unreachable(),
      records: () => Promise.resolve({} as never),
      signal: new AbortController().signal,
      report: (message) => told.push(message),
    },
  );
  return told;
}

const stepsIn = (told: readonly TrainMessage[]) =>
  told.flatMap((message) => (message.type === 'steps' ? message.steps.map((s) => s.report.step) : []));

beforeEach(() => {
  runs.clear();
  checkpoints.clear();
  refuses = false;
  open = 0;
  script = [];
});

// The store is closed, however a run ends.
afterEach(() => expect(open).toBe(0));

describe('training for the page', () => {
  it('reports every step once, in order, and before later events', async () => {
    script = [step(1), step(2), step(3), checkpoint(3), step(4), { type: 'done', status: 'stopped' }];
    const told = await run();
    expect(stepsIn(told)).toEqual([1, 2, 3, 4]);
    expect(told.at(-1)).toEqual({ type: 'done', status: 'stopped' });
    expect(
      stepsIn(
        told.slice(
          0,
          told.findIndex((m) => m.type === 'checkpoint'),
        ),
      ),
    ).toEqual([1, 2, 3]);
    expect(options).toMatchObject({ checkpointEvery: 2 });
  });

  it('stores a checkpoint with its steps, and resumes from it', async () => {
    script = [step(1), step(2), checkpoint(2), step(3), new LabError('device-lost', 'Gone.', 'Resume.')];
    await expect(run()).rejects.toMatchObject({ code: 'device-lost' });
    const left = runs.get('m')!;
    expect(left).toMatchObject({ stage: 'qat', step: 2, fields: { steps: '9' } });
    expect(left.steps.map((s) => s.report.step)).toEqual([1, 2]);

    script = [step(3), checkpoint(3), { type: 'done', status: 'stopped' }];
    const told = await run({ resume: left });
    expect(options?.resume?.get('qat')?.bytes).toEqual(new Uint8Array([2]));
    expect(stepsIn(told)).toEqual([3]);
    expect(runs.get('m')!.steps.map((s) => s.report.step)).toEqual([1, 2, 3]);
  });

  it('deletes its checkpoints at the end, and those of an earlier run at the start', async () => {
    script = [step(1), checkpoint(1), { type: 'done', status: 'complete' }];
    await run();
    expect([...runs, ...checkpoints]).toEqual([]);
    checkpoints.set('control', new Uint8Array([9]));
    script = [{ type: 'done', status: 'stopped' }];
    await run();
    expect(options?.resume?.size).toBe(0);
    expect(checkpoints.size).toBe(0);
  });

  it('trains without storage and says so, but cannot resume there', async () => {
    refuses = true;
    script = [step(1), checkpoint(1), { type: 'done', status: 'complete' }];
    const told = await run();
    expect(told.filter((m) => m.type === 'unsaved')[0]).toMatchObject({ code: 'storage' });
    expect(told.some((m) => m.type === 'checkpoint')).toBe(false);
    expect(told.at(-1)).toMatchObject({ type: 'done', status: 'complete' });
    await expect(run({ resume: { steps: [] } as never })).rejects.toMatchObject({ code: 'storage' });
  });

  it('refuses to resume without a checkpoint instead of starting again', async () => {
    await expect(run({ resume: { steps: [] } as never })).rejects.toMatchObject({
      code: 'storage',
      remedy: expect.stringContaining('start again') as string,
    });
  });

  it('returns only the artefact of quantisation-aware training', async () => {
    const record = sampleRecord();
    const artefact = new Uint8Array([1]);
    script = (['ptq', 'qat', 'control'] as const).map((kind) => ({ type: 'record', kind, record, artefact }));
    const told = await run();
    expect(told.map((m) => m.type === 'record' && m.artefact)).toEqual([undefined, artefact, undefined]);
  });
});
