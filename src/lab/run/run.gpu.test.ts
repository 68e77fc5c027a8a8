import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { nodeLabOn } from '../../platform/node/lab';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { testGpu } from '../../testing/gpu';
import { withShortStories } from '../../testing/shortStories';
import { parseCodecs } from '../../codecs/contract/spec';
import type { LabEvent } from './events';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';
import type { LabRecord } from '../results/record';
import { runPlan } from './run';
import { PlanSession } from './session';
import { MemoryRecordStore } from '../results/store';

const wholeModels = nodeLabOn(await testGpu());
const lab = withShortStories(wholeModels);
afterAll(() => expect(lab.gpu.buffers.liveCount).toBe(0));

/** Two float32 runtimes that add in different orders, in nats per token. */
const CPU_NLL = 1e-5;
/** Where inputs are quantised, a difference in the last bit may give another code, and with it other codes in all later layers. */
const INT8_NLL = 2e-3;

const RTN = 'rtn(bits=4,group=32)';
const NF4 = 'nf4(block=64)';
const TERNARY = 'ternary(rule=optimal,group=128)';

const plan: Plan = {
  model: 'stories260K',
  codecs: parseCodecs('rtn(bits=4,group=32);nf4;ternary'),
  data: 'tinystories',
  protocol: { kind: 'windows', context: 64, stride: 64, windows: 4 },
  images: 32,
  scope: 'linear',
  rest: 'float16',
  metrics: 'all',
  calibration: null,
  verdict: false,
  seed: 1,
};

async function collect(
  store: MemoryRecordStore,
  over: Partial<Plan> = {},
  signal?: AbortSignal,
): Promise<LabEvent[]> {
  const events: LabEvent[] = [];
  for await (const event of runPlan(lab, { ...plan, ...over }, { store, signal })) events.push(event);
  return events;
}

function recordsOf(events: LabEvent[]): Map<string, LabRecord> {
  return new Map(events.flatMap((e) => (e.type === 'record' ? [[e.record.codec.spec, e.record]] : [])));
}

test('a session reports how much of the model is loaded', async () => {
  const steps: string[] = [];
  const session = await PlanSession.open(wholeModels, plan, undefined, (step) => steps.push(step));
  session.dispose();
  expect(steps.slice(0, 2)).toEqual(['loading stories260K', 'loading stories260K, 100 %']);
});

describe('a run', () => {
  let store: MemoryRecordStore;
  beforeEach(() => (store = new MemoryRecordStore()));

  test('measures the baseline and every codec from its artefact', async () => {
    const events = await collect(store);
    const records = recordsOf(events);
    expect(events.at(-1)).toEqual({ type: 'done', status: 'complete' });
    expect([...records.keys()]).toEqual(['baseline', RTN, NF4, TERNARY]);
    for (const record of records.values()) {
      const { size } = record;
      const parts = Object.values(size.parts).reduce((a, b) => a + b, 0);
      expect(parts + size.assetBytes).toBe(size.totalBytes);
      expect(record.verification.gpuMatchesReference).not.toBe(false);
      expect(record.samples).toHaveLength(4);
    }
    const rtn = records.get(RTN)!;
    expect(rtn.verification.packedDeltaNll).toBeLessThanOrEqual(1e-3);
    expect(rtn.quality.klMean).toBeGreaterThan(0);
    expect(records.get(TERNARY)!.quality.value).toBeGreaterThan(2 * rtn.quality.value);
    expect(records.get('baseline')!.quality).toMatchObject({ delta: 0, klMean: 0, topAgreement: 1 });
    expect(store.records.size).toBe(4);
  });

  test('resumes: what the store holds is not measured again', async () => {
    const first = recordsOf(await collect(store));
    const second = recordsOf(await collect(store));
    expect(second.get(NF4)).toEqual(first.get(NF4));
    expect(store.records.size).toBe(4);
  });

  test('stops between records and keeps what is done', async () => {
    const controller = new AbortController();
    const events: LabEvent[] = [];
    for await (const event of runPlan(lab, plan, { store, signal: controller.signal })) {
      events.push(event);
      if (event.type === 'record' && event.record.codec.id === 'rtn') controller.abort();
    }
    expect(events.at(-1)).toEqual({ type: 'done', status: 'stopped' });
    expect([...store.records.values()].map((r) => r.codec.spec)).toEqual(['baseline', RTN]);
  });

  test('compares each codec with plain rounding in no more bytes', async () => {
    const events = await collect(store, {
      verdict: true,
      codecs: parseCodecs('nf4;ternary(packing=base3,group=row)'),
    });
    const records = recordsOf(events);
    const { verdict, size, validity } = records.get(NF4)!;
    const opponent = records.get(verdict!.opponent!)!;
    expect(opponent.codec.id).toBe('rtn');
    expect(opponent.codec.options.clip).toBe(true);
    const counted = (r: LabRecord) => r.size.totalBytes - r.size.assetBytes;
    expect(counted(opponent)).toBeLessThanOrEqual(size.totalBytes - size.assetBytes);
    expect(verdict).toMatchObject({ outcome: 'unsure' });
    expect(validity).toContain('few-clusters');
    expect(records.get('ternary(rule=optimal,group=row,packing=base3)')?.verdict?.outcome ?? 'missing').toBe(
      'no-opponent',
    );
  });

  test('plain rounding with clip search is its own opponent if no smaller recipe is as good', async () => {
    // The smallest of all plain roundings; on rows of at most 256 weights "256" and "row" are the same groups.
    const specs = ['rtn(bits=2,group=256,clip=true)', 'rtn(bits=2,group=row,clip=true)'];
    const windows = { kind: 'windows', context: 16, stride: 16, windows: 2 } as const;
    const over = { verdict: true, protocol: windows, codecs: parseCodecs(specs.join(';')) };
    const events = await collect(store, over);
    const records = recordsOf(events);
    expect(specs.map((spec) => records.get(spec)?.verdict?.outcome)).toEqual(['is-opponent', 'is-opponent']);
    expect(records.size).toBe(3);
  });

  test('measures images', async () => {
    const over = { model: 'vit-cifar10', data: 'cifar-10', codecs: parseCodecs('rtn(bits=8,group=row)') };
    const records = recordsOf(await collect(store, over));
    const { quality } = records.get('rtn(bits=8,group=row)')!;
    expect(quality.task).toBe('image-accuracy');
    expect(quality.images).toBe(32);
    expect(quality.baseline.value).toBeGreaterThan(0.5);
    expect(quality.deltaCi95[0]).toBeLessThan(quality.deltaCi95[1]);
  });
});

describe('a run on the CPU', () => {
  const LLM_INT8 = 'llm-int8(threshold=6)';
  const codecs = parseCodecs(`rtn(bits=4,group=32);rans(rtn(bits=4,group=32));${LLM_INT8}`);

  async function recordsOn(on: Lab): Promise<LabRecord[]> {
    const records: LabRecord[] = [];
    const calibration = { data: 'tinystories-calibration', windows: 4, draws: 1 };
    for await (const event of runPlan(on, { ...plan, codecs, calibration }))
      if (event.type === 'record') records.push(event.record);
    return records;
  }

  test('measures the same artefacts and losses as on the GPU, and records say what ran the model', async () => {
    const cpu = await nodeRuntime();
    const onGpu = await recordsOn(lab);
    const onCpu = await recordsOn({ ...lab, cpu });
    expect(onCpu.map(({ codec }) => codec.spec)).toEqual(onGpu.map(({ codec }) => codec.spec));
    onCpu.forEach((record, i) => {
      const { quality, artefactSha256 } = onGpu[i];
      expect(artefactSha256).toBe(record.artefactSha256);
      const bound = record.codec.id === 'llm-int8' ? INT8_NLL : CPU_NLL;
      expect(Math.abs(Math.log(record.quality.value / quality.value))).toBeLessThan(bound);
      expect(Math.abs(record.quality.klMean! - quality.klMean!)).toBeLessThan(bound);
      expect(record.runKey).not.toBe(onGpu[i].runKey);
    });
    const ran = ({ codec, environment, validity }: LabRecord) => [
      codec.id,
      environment.compute,
      environment.cpuRuntime,
      validity.includes('cpu'),
      validity.includes('software-adapter'),
    ];
    expect(onCpu.map(ran)).toEqual([
      ['float32', 'cpu', cpu.name, true, false],
      ['rtn', 'cpu', cpu.name, true, false],
      ['rans', 'cpu', cpu.name, true, false],
      ['llm-int8', 'cpu', cpu.name, true, false],
    ]);
    expect(onGpu.map(({ environment }) => environment.compute)).toEqual(['gpu', 'gpu', 'gpu', 'gpu']);
  });
});

describe('a run with less memory than the model needs', () => {
  const GPTQ = 'gptq(bits=4,group=32,scheme=symmetric)';
  const LLM_INT8 = 'llm-int8(threshold=6)';
  const codecs = parseCodecs(`rtn(bits=4,group=32);${GPTQ};${LLM_INT8}`);
  const calibration = { data: 'tinystories-calibration', windows: 4, draws: 1 };
  /** Enough for the token table of stories260K and the activations of a batch, too little for two models. */
  const MEMORY = 2 << 20;
  /** Bound on the difference of mean losses from those of the whole model, in nats per token. */
  const STREAMED_NLL = 1e-6;

  async function eventsOf(on: Lab, over: Partial<Plan>): Promise<LabEvent[]> {
    const events: LabEvent[] = [];
    for await (const event of runPlan(on, { ...plan, codecs, calibration, ...over })) events.push(event);
    return events;
  }

  test.each(['gpu', 'cpu'] as const)('measures the same artefacts and losses (%s)', async (compute) => {
    const on = { ...lab, ...(compute === 'cpu' && { cpu: await nodeRuntime() }) };
    const whole = recordsOf(await eventsOf(on, {}));
    const parts = recordsOf(await eventsOf(on, { memory: MEMORY }));
    expect([...parts.keys()]).toEqual([...whole.keys()]);
    expect(parts.size).toBe(4);
    for (const [spec, { quality, artefactSha256, error, validity, environment }] of parts) {
      const expected = whole.get(spec)!;
      // The graphs of the stages may add in another order than that of the whole model, which changes codes at ties.
      const bound = spec.startsWith('llm-int8') && compute === 'cpu' ? INT8_NLL : STREAMED_NLL;
      expect(artefactSha256, spec).toBe(expected.artefactSha256);
      expect(Math.abs(Math.log(quality.value / expected.quality.value)), spec).toBeLessThan(bound);
      expect(Math.abs(quality.klMean! - expected.quality.klMean!), spec).toBeLessThan(bound);
      expect(error?.relativeL2, spec).toBe(expected.error?.relativeL2);
      expect(environment.compute, spec).toBe(compute);
      expect([validity, expected.validity].map((flags) => flags.includes('in-parts'))).toEqual([true, false]);
    }
    expect(parts.get(GPTQ)!.quality.klMean).toBeGreaterThan(1e-4);
  });

  test('lets an assigner choose the same codecs', async () => {
    const on = { ...lab, cpu: await nodeRuntime() };
    const over = { codecs: parseCodecs('allocate(bits=7)'), calibration: { ...calibration, windows: 2 } };
    const recordOf = async (memory?: number): Promise<LabRecord> => {
      const events = await eventsOf(on, { ...over, memory });
      expect(events.filter(({ type }) => type === 'failed')).toEqual([]);
      return [...recordsOf(events).values()].find(({ role }) => role === 'codec')!;
    };
    const [whole, parts] = [await recordOf(), await recordOf(MEMORY)];
    const choiceOf = ({ error }: LabRecord) => error!.layers.map(({ name, codec }) => [name, codec]);
    expect(choiceOf(parts)).toEqual(choiceOf(whole));
    expect(new Set(choiceOf(parts).map(([, codec]) => codec)).size).toBeGreaterThan(3);
    expect(parts.artefactSha256).toBe(whole.artefactSha256);
    expect([parts, whole].map(({ validity }) => validity.includes('in-parts'))).toEqual([true, false]);
  });

  test('refuses memory that the largest part exceeds', async () => {
    await expect(eventsOf(lab, { memory: 1 << 10 })).rejects.toMatchObject({
      code: 'limit',
      message: expect.stringMatching(
        /^The largest part of the model .* the plan allows 1\.02 kB\.$/,
      ) as string,
    });
  });

  test('a lab that knows its memory needs no plan to say it', async () => {
    const events = await eventsOf({ ...lab, memoryBytes: MEMORY }, { codecs: parseCodecs(RTN) });
    expect(recordsOf(events).get(RTN)!.validity).toContain('in-parts');
  });
});
