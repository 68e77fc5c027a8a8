import { expect, test } from 'vitest';
import { nodeCpuLab } from '../../platform/node/lab';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { generateText } from '../generate/text';
import { compareAnswers } from './answers';
import { inspectModel, type InspectRequest } from './inspect';
import { measureSensitivity } from './sensitivity';

const lab = nodeCpuLab(await nodeRuntime());
const request: InspectRequest = {
  ...{ model: 'stories260K', codec: 'rtn(bits=4,group=32)', scope: 'linear', rest: 'float16', seed: 1 },
  calibration: { data: 'tinystories-calibration', windows: 2, draws: 1 },
  context: 32,
};

/** A matrix of 172 rows and 64 columns. */
const UP = 'model.layers.0.mlp.up_proj.weight';

/** Codecs of every form of packed matrix, plain, wrapped, and with a scale folded into the layer before. */
const CODED = [
  ...['rtn(bits=4,group=32)', 'rtn(bits=3,group=32,scheme=asymmetric)', 'awq(bits=4,fold=only)'],
  ...['nf4', 'fp4(double=true)', 'fp8', 'rans(rtn(bits=3,group=32))'],
];

test.each(CODED)('%s: code times scale is what its bytes are decoded to', async (codec) => {
  for (const place of [undefined, [5, 17], [171, 63]] as const) {
    const { chosen } = await inspectModel(lab, { ...request, tensor: UP, codec, weight: place });
    const { code, columnScale = 1, restored } = chosen.weight;
    expect((code!.scale * code!.level) / columnScale).toBeCloseTo(restored, 6);
    if (chosen.levels.length > 0)
      expect(Math.min(...chosen.levels.map((level) => Math.abs(level - restored)))).toBeLessThan(1e-6);
  }
});

test('bytes of tensors are those of the file, and an unknown tensor or weight is refused', async () => {
  const { bytes, tensors, chosen } = await inspectModel(lab, request);
  const header = bytes - tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  expect(header).toBeGreaterThan(0);
  const up = tensors.find(({ name }) => name === UP)!;
  // 172 rows of 64 weights: 4 bits each, and a float16 scale for 32 of them.
  expect(up).toMatchObject({ rows: 172, columns: 64, bytes: 172 * (64 / 2 + 2 * 2), bitsPerWeight: 4.5 });
  expect(chosen.histogram.before.reduce((a, b) => a + b)).toBe(
    chosen.histogram.after.reduce((a, b) => a + b),
  );
  await expect(inspectModel(lab, { ...request, tensor: 'nothing' })).rejects.toThrow('no tensor "nothing"');
  await expect(inspectModel(lab, { ...request, weight: [9999, 0] })).rejects.toThrow('no weight at row 9999');
});

test('a rotated matrix has no code for a weight', async () => {
  const { chosen } = await inspectModel(lab, { ...request, codec: 'hadamard(rtn(bits=4))' });
  expect(chosen.weight.code).toBeUndefined();
});

test('without the super weight, the float32 model diverges and another text is written', async () => {
  const found = await measureSensitivity(lab, { ...request, codec: 'float32' }, () => undefined);
  expect(found.tensors.every(({ divergence }) => divergence < 1e-9)).toBe(true);
  const { divergence, ...place } = found.superWeight;
  expect(divergence).toBeGreaterThan(0.001);
  const settings = { prompt: 'Once upon a time', maxTokens: 6, temperature: 0, topK: 0, divergence: true };
  const nats: number[] = [];
  for (const without of [undefined, place]) {
    let sum = 0;
    await generateText(
      lab,
      { ...request, codec: 'float32', ...settings, without },
      (piece) => (sum += piece.divergence!),
    );
    nats.push(sum);
  }
  expect(nats[0]).toBeLessThan(1e-6);
  expect(nats[1]).toBeGreaterThan(0.001);
});

test('codecs that give one answer change none, and coarse ones change some', async () => {
  const images = {
    ...request,
    calibration: null,
    model: 'tiny-classifier',
    scope: 'all' as const,
    data: 'fashion-mnist',
    images: 48,
  };
  const compare = (...codecs: [string, string]) =>
    compareAnswers(lab, { ...images, codecs }, () => undefined);
  const same = await compare('float32', 'float32');
  expect(same.changed).toEqual([]);
  expect(same.correct[0]).toBe(same.correct[1]);
  const { changed, correct } = await compare('float32', 'ternary');
  expect(changed.length).toBeGreaterThanOrEqual(Math.abs(correct[0] - correct[1]));
  expect(changed.length).toBeGreaterThan(0);
  for (const { top, pixels } of changed) {
    expect(pixels).toHaveLength(28 * 28);
    expect(top[0][0].index).not.toBe(top[1][0].index);
    expect(top[0][0].probability).toBeGreaterThanOrEqual(top[0][1].probability);
  }
});
