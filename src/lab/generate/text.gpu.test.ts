import { afterAll, expect, test } from 'vitest';
import { Cancelled } from '../../base/errors';
import { nodeLabOn } from '../../platform/node/lab';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { testGpu } from '../../testing/gpu';
import type { Lab } from '../lab';
import { generateText, type TextRequest } from './text';

const onAdapter = nodeLabOn(await testGpu());
const onCpu: Lab = { ...onAdapter, cpu: await nodeRuntime() };
afterAll(() => expect(onAdapter.gpu.buffers.liveCount).toBe(0));

const request: TextRequest = {
  model: 'stories260K',
  scope: 'linear',
  rest: 'float16',
  calibration: { data: 'tinystories-calibration', windows: 2, draws: 1 },
  context: 64,
  prompt: 'Once upon a time',
  maxTokens: 24,
  temperature: 0,
  topK: 0,
  seed: 1,
};

test.each([undefined, 'rtn(bits=4,group=32)', 'llm-int8'])(
  'a greedy text of %s is the same on the CPU as on the adapter',
  async (codec) => {
    const pieces: string[] = [];
    const found = await generateText(onCpu, { ...request, codec }, ({ text }) => pieces.push(text));
    const expected = await generateText(onAdapter, { ...request, codec }, () => undefined);
    expect(found.text).toBe(expected.text);
    expect(found.text.length).toBeGreaterThan(24);
    expect(pieces.join('')).toBe(found.text);
    expect(found.tokensPerSecond).toBeGreaterThan(0);
  },
);

test('a model whose weights the runtime of the CPU cannot hold is run by the adapter', async () => {
  let ran = false;
  class InferenceSession {
    static async create(): Promise<never> {
      ran = true;
      throw new Error('not this one');
    }
  }
  const api = { ...onCpu.cpu!.api, InferenceSession };
  const small = { ...onCpu, cpu: { ...onCpu.cpu!, api, maxWeightBytes: 2 * 4 * 260_000 } };
  expect((await generateText(small, request, () => undefined)).text.length).toBeGreaterThan(24);
  expect(ran).toBe(false);
});

test.each([
  ['adapter', onAdapter],
  ['CPU', onCpu],
])('Stop ends a text on the %s', async (_, lab) => {
  const controller = new AbortController();
  const pieces: string[] = [];
  const text = generateText(
    lab,
    request,
    ({ text }) => {
      pieces.push(text);
      if (pieces.length === 3) controller.abort();
    },
    controller.signal,
  );
  await expect(text).rejects.toBeInstanceOf(Cancelled);
  expect(pieces).toHaveLength(3);
});
