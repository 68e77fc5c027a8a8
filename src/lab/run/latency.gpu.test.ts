import { afterAll, expect, test } from 'vitest';
import { parseCodecs } from '../../codecs/contract/spec';
import { nodeLabOn } from '../../platform/node/lab';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { testGpu } from '../../testing/gpu';
import { withShortStories } from '../../testing/shortStories';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';
import type { LabRecord } from '../results/record';
import { runPlan } from './run';

const onAdapter = withShortStories(nodeLabOn(await testGpu()));
const onCpu: Lab = { ...onAdapter, cpu: await nodeRuntime() };
afterAll(() => expect(onAdapter.gpu.buffers.liveCount).toBe(0));

const plan: Plan = {
  model: 'stories260K',
  codecs: parseCodecs('rtn(bits=4,group=32)'),
  data: 'tinystories',
  protocol: { kind: 'windows', context: 64, stride: 64, windows: 2 },
  images: 0,
  scope: 'linear',
  rest: 'float16',
  metrics: 'perplexity',
  calibration: null,
  verdict: false,
  seed: 1,
  latency: 100,
};

const images: Plan = {
  ...plan,
  model: 'vit-cifar10',
  codecs: parseCodecs('rtn(bits=8,group=row)'),
  data: 'cifar-10',
  images: 4,
};

/** Weights of the linear layers of two blocks: queries and outputs, keys and values, MLP. */
const LINEAR = 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 172);

async function measure(lab: Lab, measured = plan) {
  const [records, steps] = [new Map<string, LabRecord>(), new Set<string>()];
  for await (const event of runPlan(lab, measured)) {
    if (event.type === 'record') records.set(event.record.role, event.record);
    if (event.type === 'progress') steps.add(event.progress.step);
  }
  return { baseline: records.get('baseline')!, codec: records.get('codec')!, steps };
}

test.each([
  ['adapter', onAdapter],
  ['CPU', onCpu],
])('single tokens are timed on the %s', async (place, lab) => {
  const { baseline, codec, steps } = await measure(lab);
  expect(steps).toContain('rtn(bits=4,group=32): timing single tokens');
  for (const { speed } of [baseline, codec]) {
    const { tokens, promptTokens, p50, p95, p99 } = speed.latency!;
    expect([tokens, promptTokens]).toEqual([100, 32]);
    expect(p50.ms).toBeGreaterThan(0);
    expect(p95.ms).toBeGreaterThanOrEqual(p50.ms);
    expect(p99.ms).toBeGreaterThanOrEqual(p95.ms);
    expect(speed.decodeTokensPerSecond!.samples).toHaveLength(10);
  }
  const [dense, packed] = [baseline, codec].map(({ speed }) => speed.latency!.gpuBytes);
  if (place === 'CPU') expect([dense, packed]).toEqual([undefined, undefined]);
  // Codes of 4 bits and a float16 scale for 32 of them take the place of float32; everything else is the same.
  else expect((dense! - packed!) / (LINEAR * (4 - 0.5 - 2 / 32))).toBeCloseTo(1, 2);
});

test.each([
  ['adapter', onAdapter],
  ['CPU', onCpu],
])('single images are timed on the %s', async (place, lab) => {
  const { baseline, codec, steps } = await measure(lab, images);
  expect(steps).toContain('rtn(bits=8,group=row): timing single images');
  for (const { speed } of [baseline, codec]) {
    const { tokens, promptTokens, p50, p99, gpuBytes } = speed.latency!;
    expect([tokens, promptTokens]).toEqual([100, 0]);
    expect(p50.ms).toBeGreaterThan(0);
    expect(p99.ms).toBeGreaterThanOrEqual(p50.ms);
    expect(speed.decodeTokensPerSecond).toBeUndefined();
    expect(speed.imagesPerSecond!.median).toBeGreaterThan(0);
    if (place === 'CPU') expect(gpuBytes).toBeUndefined();
  }
  // Codes of a byte take the place of four in most of the 1.2 million weights.
  if (place === 'adapter')
    expect(codec.speed.latency!.gpuBytes).toBeLessThan(0.5 * baseline.speed.latency!.gpuBytes!);
});

test('a codec of the difference from a base is timed with the base', async () => {
  const codecs = parseCodecs('delta(rtn(bits=4,group=32))');
  const { codec } = await measure(onCpu, { ...plan, base: 'stories260K', codecs });
  expect(codec.speed.latency!.tokens).toBe(100);
});
