import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeLabOn } from '../../platform/node/lab';
import { CLI_PLAN_NAMES } from '../../../cli/shared/planNames';
import type { Gpu } from '../../gpu/gpu';
import { testGpu } from '../../testing/gpu';
import { parseCheckpoint, type Checkpoint } from '../../train/checkpoint';
import type { Lab } from '../lab';
import { MemoryRecordStore } from '../results/store';
import { buildTrainPlan } from './build';
import { runTraining, type TrainRunOptions } from './run';
import type { TrainFields } from './parameters';
import type { TrainEvent, TrainResult } from './events';
import type { TrainStage, TrainPlan } from './plan';

let gpu: Gpu;
let lab: Lab;
beforeAll(async () => {
  gpu = await testGpu();
  lab = nodeLabOn(gpu);
});
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const planOf = (fields: TrainFields & { model: string }) => buildTrainPlan(fields, CLI_PLAN_NAMES);
const TINY = planOf({ model: 'tiny-classifier', steps: 20, images: 500, 'learning-rate': 1e-2 });
const STORIES = planOf({
  ...{ model: 'stories260K', steps: 20, batch: 2, length: 64, control: false },
  ...{ windows: 4, context: 64, 'learning-rate': 2e-3 },
});

interface Told {
  results: Map<string, TrainResult>;
  losses: Map<TrainStage, number[]>;
  checkpoints: { stage: TrainStage; step: number; checkpoint: Checkpoint }[];
  /** Steps of measuring, one by one, without their percentages. */
  doing: string[];
  status?: string;
}

/** Follows a run to its end; `each` may stop it. */
async function follow(
  plan: TrainPlan,
  options: TrainRunOptions = {},
  each: (event: TrainEvent) => void = () => undefined,
): Promise<Told> {
  const told: Told = { results: new Map(), losses: new Map(), checkpoints: [], doing: [] };
  for await (const event of runTraining(lab, plan, options)) {
    each(event);
    if (event.type === 'record') told.results.set(event.kind, event);
    if (event.type === 'step')
      told.losses.set(event.stage, [...(told.losses.get(event.stage) ?? []), event.report.nll]);
    if (event.type === 'checkpoint') told.checkpoints.push(event);
    if (event.type === 'progress') {
      const step = event.step.replace(/, \d+ %$/, '');
      if (told.doing.at(-1) !== step) told.doing.push(step);
    }
    if (event.type === 'done') told.status = event.status;
  }
  return told;
}

/** Mean of the first and of the last five losses. */
function course(losses: readonly number[] = []): [first: number, last: number] {
  const mean = (list: readonly number[]) => list.reduce((sum, loss) => sum + loss, 0) / list.length;
  expect(losses.length).toBe(20);
  return [mean(losses.slice(0, 5)), mean(losses.slice(-5))];
}

const quality = (told: Told, of: string) => told.results.get(of)!.record.quality.value;

describe('twenty steps', () => {
  test('the tiny classifier learns from drawn weights, and its trained trits are stored exactly', async () => {
    const told = await follow(TINY);
    expect(told.status).toBe('complete');
    expect([...told.results.keys()]).toEqual(['baseline', 'ptq', 'qat', 'control']);
    const [first, last] = course(told.losses.get('fresh'));
    // ln 10 = 2.303 is knowing nothing; one step of 64 images has a standard error near 0.1.
    expect(first).toBeGreaterThan(last + 0.3);
    // Ten classes: 10 % by chance, ± 1.3 % of 500 images.
    expect(quality(told, 'baseline')).toBeGreaterThan(0.4);
    const { record, artefact, latency } = told.results.get('qat')!;
    expect(record.error!.maxAbs).toBe(0);
    expect(record.quality.loss).toBeGreaterThan(0);
    expect(record.verification).toMatchObject({ fromArtefact: true, gpuMatchesReference: true });
    expect(artefact!.length).toBe(record.size.totalBytes);
    expect(latency).toBeGreaterThan(0);
    expect(record.training).toMatchObject({
      ...{ kind: 'qat', steps: 20, batch: 64, dataset: 'fashion-mnist-training', learningRate: 0.01 },
      from: told.results.get('baseline')!.record.model.sha256,
    });
    expect(record.training!.quantiser).toContain('rule=optimal,group=64');
    expect(told.results.get('control')!.record).toMatchObject({
      training: { kind: 'fine-tune' },
      codec: { id: 'float32' },
      rest: 'float32',
    });
  });

  test('a language model that rounding destroyed recovers', async () => {
    const told = await follow(STORIES);
    const [first, last] = course(told.losses.get('qat'));
    expect(last).toBeLessThan(first - 0.3);
    const [baseline, ptq, qat] = ['baseline', 'ptq', 'qat'].map((of) => quality(told, of));
    expect(qat).toBeLessThan(ptq / 2);
    const { record } = told.results.get('qat')!;
    expect(record.quality.baseline.value).toBeCloseTo(baseline, 10);
    expect(record.error!.maxAbs).toBeLessThan(1e-3);
    expect(record.error!.layers.every((layer) => layer.relativeL2 === 0)).toBe(true);
  });
});

const record = ({ results }: Told, of: string) => results.get(of)!.record;
const measured = ({ doing }: Told) => doing.filter((step) => step.startsWith('measuring'));

test('a stopped run resumes from its checkpoint and ends with the weights of an uninterrupted one', async () => {
  const whole = await follow(TINY);
  const controller = new AbortController();
  const store = new MemoryRecordStore();
  const stopped = await follow(TINY, { signal: controller.signal, store }, (event) => {
    if (event.type === 'step' && event.stage === 'qat' && event.report.step === 7) controller.abort();
  });
  expect(stopped.status).toBe('stopped');
  expect(stopped.checkpoints.map(({ stage, step }) => [stage, step])).toEqual([
    ['fresh', 20],
    ['qat', 7],
  ]);
  const resume = new Map(stopped.checkpoints.map(({ stage, checkpoint }) => [stage, checkpoint]));
  const resumed = await follow(TINY, { resume, store });
  // The finished stage is only restored; the other resumes at step 8.
  expect([...resumed.losses].map(([stage, losses]) => [stage, losses.length])).toEqual([
    ['qat', 13],
    ['control', 20],
  ]);
  const sums = ({ results }: Told) => [...results.values()].map(({ record }) => record.model.sha256);
  expect(sums(resumed)).toEqual(sums(whole));
  expect(resumed.results.get('qat')!.artefact).toEqual(whole.results.get('qat')!.artefact);
  expect(parseCheckpoint(resume.get('qat')!).step).toBe(7);
  // What was measured is not measured again; the baseline's losses are needed for what is measured now.
  for (const of of ['baseline', 'ptq']) expect(record(resumed, of)).toEqual(record(stopped, of));
  expect(measured(stopped)).toEqual(['measuring the float32 model', 'measuring']);
  expect(measured(resumed)).toEqual(['measuring the float32 model', 'measuring', 'measuring']);
  expect(resumed.results.get('ptq')!.latency).toBeGreaterThan(0);
  for (const { stage, checkpoint } of resumed.checkpoints) resume.set(stage, checkpoint);
  const again = await follow(TINY, { resume, store });
  expect([again.losses.size, measured(again)]).toEqual([0, []]);
  expect([...again.results.values()].map((each) => each.record)).toEqual(
    [...resumed.results.values()].map((each) => each.record),
  );
  expect(again.results.get('qat')!.artefact).toEqual(whole.results.get('qat')!.artefact);
});

test('a checkpoint of other options is refused, and nothing stays allocated', async () => {
  const { checkpoints } = await follow(TINY);
  const resume = new Map(checkpoints.map(({ stage, checkpoint }) => [stage, checkpoint]));
  const other = planOf({ model: 'tiny-classifier', steps: 21, images: 500, 'learning-rate': 1e-2 });
  await expect(follow(other, { resume })).rejects.toMatchObject({ code: 'bad-plan' });
  const moved = follow({ ...TINY, augment: true }, { resume });
  await expect(moved).rejects.toThrow(/saw the data "as they are", this run sees them "flipped and moved"/);
  expect(gpu.buffers.liveCount).toBe(0);
});
