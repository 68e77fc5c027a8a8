import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCodecs } from '../codecs/contract/spec';
import type { Gpu } from '../gpu/gpu';
import { nodeLabOn } from '../platform/node/lab';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { alteredGpu } from '../testing/alteredGpu';
import { testGpu } from '../testing/gpu';
import type { Lab } from './lab';
import type { ComputeChoice } from './compute';
import { measuringLab } from './measuringLab';
import type { Plan } from './plan/plan';
import type { LabRecord } from './results/record';
import type { LabEvent } from './run/events';
import { runPlan } from './run/run';
import { runTraining } from './train/run';

const PLAN: Plan = {
  model: 'stories260K',
  codecs: parseCodecs('rtn(bits=4,group=32);llm-int8;gptq'),
  data: 'tinystories',
  protocol: { kind: 'windows', context: 64, stride: 64, windows: 4 },
  images: 0,
  scope: 'linear',
  rest: 'float16',
  metrics: 'perplexity',
  calibration: { data: 'tinystories-calibration', windows: 2, draws: 1 },
  verdict: false,
  seed: 1,
};
/** Mean loss of the plan's windows by Hugging Face transformers 5.18.0 in float32, in nats per token. */
const LOSS = 1.3411525618599058;

test('an adapter that computes rightly measures or leaves models to the CPU, as chosen', async () => {
  const lab = nodeLabOn(await testGpu());
  const [gpu, cpu] = [
    await measuringLab(lab, 'gpu', nodeRuntime),
    await measuringLab(lab, 'auto', nodeRuntime),
  ];
  expect(gpu).toMatchObject({ selfCheck: { agrees: true } });
  expect(gpu.cpu).toBeUndefined();
  expect(cpu.cpu?.name).toMatch(/^onnxruntime-node/);
  const broken = () => Promise.reject(new Error('no runtime'));
  expect((await measuringLab(lab, 'auto', broken)).cpu).toBeUndefined();
  await expect(measuringLab(lab, 'cpu', broken)).rejects.toThrow('no runtime');
});

describe('a model that the CPU cannot address at once', () => {
  const limited = (maxWeightBytes: number) => async () => ({ ...(await nodeRuntime()), maxWeightBytes });
  const plan = { ...PLAN, codecs: parseCodecs('rtn(bits=4,group=32)'), calibration: null };
  const labOf = async (choice: ComputeChoice, maxWeightBytes: number) =>
    measuringLab(nodeLabOn(await testGpu()), choice, limited(maxWeightBytes));
  /** The model has 1,040,128 bytes, a block 181,760. */
  const [SOME, TOO_FEW] = [3e5, 1.5e5];

  test.each(['auto', 'cpu'] as const)('is measured part by part (%s)', async (choice) => {
    const records = recordsOf(await collect(await labOf(choice, SOME), plan));
    expect(records.map(({ validity }) => validity.includes('cpu'))).toEqual([true, true]);
    expect(meanLoss(records[0])).toBeCloseTo(LOSS, 6);
  });

  test('is refused with a remedy if its largest part is too large as well and the CPU is chosen', async () => {
    await expect(collect(await labOf('cpu', TOO_FEW), plan)).rejects.toMatchObject({
      code: 'limit',
      message: expect.stringMatching(
        /^The largest part of stories260K has \S+ [kK]B of float32 weights, and onnxruntime-node .* takes at most/,
      ) as string,
      remedy: expect.stringContaining('on the adapter') as string,
    });
  });

  test('and whose largest part is too large as well runs on the adapter automatically', async () => {
    const records = recordsOf(await collect(await labOf('auto', TOO_FEW), plan));
    expect(records.map(({ validity }) => validity.includes('cpu'))).toEqual([false, false]);
  });
});

describe('an adapter that computes wrongly', () => {
  let gpu: Gpu;
  let lab: Lab;
  beforeAll(async () => {
    gpu = await alteredGpu({ shader: 'runtime/rotary', from: 'a * c - b * s', to: 'a * c + b * s' });
    lab = nodeLabOn(gpu);
  });
  afterAll(() => gpu.destroy());

  test('is refused by name where it is asked to measure', () =>
    expect(measuringLab(lab, 'gpu', nodeRuntime)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(
        /Measuring on the GPU needs an adapter that computes rightly.*adapter computes wrongly: .*llvmpipe.* in Node .* nats/,
      ) as string,
      remedy: expect.stringContaining('measure on the CPU') as string,
    }));

  test('leaves models to the CPU, does nothing that no one could verify, and its records say so', async () => {
    const measuring = await measuringLab(lab, 'auto', nodeRuntime);
    const events = await collect(measuring, PLAN);
    const records = recordsOf(events);
    expect(records.map(({ codec }) => codec.id)).toEqual(['float32', 'rtn', 'llm-int8', 'gptq']);
    for (const { environment } of records) {
      expect(environment).toMatchObject({
        ...{ adapter: 'none', compute: 'cpu' },
        selfCheck: { adapter: expect.stringContaining('llvmpipe') as string, agrees: false },
      });
    }
    // The mean loss that transformers computes for these windows.
    expect(meanLoss(records[0])).toBeCloseTo(LOSS, 6);
    await expect(runTraining(measuring, {} as never).next()).rejects.toThrow('computes wrongly');
  });
});

function meanLoss({ quality }: LabRecord): number {
  return Math.log(quality.value);
}

async function collect(lab: Lab, plan: Plan): Promise<LabEvent[]> {
  const events: LabEvent[] = [];
  for await (const event of runPlan(lab, plan)) events.push(event);
  return events;
}

function recordsOf(events: readonly LabEvent[]): LabRecord[] {
  return events.flatMap((event) => (event.type === 'record' ? [event.record] : []));
}
