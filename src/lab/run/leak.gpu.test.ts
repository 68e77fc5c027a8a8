import { afterEach, expect, test } from 'vitest';
import { nodeLabOn } from '../../platform/node/lab';
import { LabError } from '../../base/errors';
import { parseCodecs } from '../../codecs/contract/spec';
import type { Model } from '../../models/model';
import { testGpu } from '../../testing/gpu';
import { withShortStories } from '../../testing/shortStories';
import type { LabEvent } from './events';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';
import { runPlan } from './run';

const RUNS = 20;
/** Beyond float16, so that codecs with float16 scales must refuse it, while the float32 baseline stays finite. */
const TOO_LARGE = 1e6;

const gpu = await testGpu();
const lab = withShortStories(nodeLabOn(gpu));
/** Expects that no buffer is left, however a run ended. */
afterEach(() => expect([gpu.buffers.liveCount, gpu.buffers.liveBytes]).toEqual([0, 0]));

const plan: Plan = {
  model: 'stories260K',
  codecs: parseCodecs('rtn(bits=4,group=32)'),
  data: 'tinystories',
  protocol: { kind: 'windows', context: 16, stride: 16, windows: 2 },
  images: 0,
  scope: 'linear',
  rest: 'float16',
  metrics: 'all',
  calibration: null,
  verdict: false,
  seed: 1,
};

/** Runs to the end; stops at the first event `stopAt` holds for. */
async function types(on: Lab, stopAt: (event: LabEvent) => boolean = () => false): Promise<string[]> {
  const controller = new AbortController();
  const seen: string[] = [];
  for await (const event of runPlan(on, plan, { signal: controller.signal })) {
    seen.push(event.type === 'done' ? `done ${event.status}` : event.type);
    if (stopAt(event)) controller.abort();
  }
  return seen;
}

test(`${RUNS} runs leave no buffer alive`, async () => {
  for (let i = 0; i < RUNS; i++) {
    expect((await types(lab)).filter((type) => type !== 'progress')).toEqual([
      'started',
      'record',
      'record',
      'done complete',
    ]);
    expect(gpu.buffers.liveCount).toBe(0);
  }
});

test.each(['loading', 'tokenizing', 'compiling', 'baseline: measuring', 'compressing', '): measuring'])(
  'a run stopped while %s leaves none',
  async (step) => {
    const seen = await types(lab, (e) => e.type === 'progress' && e.progress.step.includes(step));
    expect(seen.at(-1)).toBe('done stopped');
  },
);

test('a codec that fails leaves none', async () => {
  const broken: Lab = { ...lab, openModel: async (id, signal) => spiked(await lab.openModel(id, signal)) };
  expect((await types(broken)).filter((type) => type !== 'progress')).toEqual([
    'started',
    'record',
    'failed',
    'done complete',
  ]);
});

test('a run that fails leaves none', async () => {
  const failure = new LabError('network', 'The text could not be loaded.', 'Try again.');
  await expect(types({ ...lab, openText: () => Promise.reject(failure) })).rejects.toBe(failure);
});

test('a run that its caller abandons leaves none', async () => {
  for await (const event of runPlan(lab, plan)) if (event.type === 'record') break;
});

/** The model with one weight no float16 can hold. */
function spiked(model: Model): Model {
  return {
    ...model,
    async tensor(spec) {
      const values = await model.tensor(spec);
      return spec.name.includes('down_proj') ? values.with(0, TOO_LARGE) : values;
    },
  };
}
