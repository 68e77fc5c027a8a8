import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { readImatrix } from '../../formats/imatrix/imatrix';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { nodeLabOn } from '../../platform/node/lab';
import { testGpu } from '../../testing/gpu';
import { openCalibrationData } from './data';
import { makeImatrix } from './imatrix';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));
const lab = nodeLabOn(gpu);

test('the inputs of the first layers are normed embeddings, whose squares can be averaged by hand', async () => {
  const model = await lab.openModel('stories260K');
  const calibration = { data: 'tinystories-calibration', windows: 3, draws: 1 };
  const { entries, ...rest } = await makeImatrix(lab, model, { calibration, context: 16, seed: 9 });
  expect(rest).toEqual({ chunks: 3, chunkSize: 16, dataset: 'tinystories-calibration' });
  // Five blocks of seven matrices; tables and the head have no entry.
  expect(entries.size).toBe(35);
  const data = await openCalibrationData({ lab, model, calibration, context: 16, seed: 9 });
  const tokens = (await data!.draw(9)).batches.flatMap((batch) => [...batch]);
  const read = (name: string) => model.tensor(model.shape.tensors.find((tensor) => tensor.name === name)!);
  const table = await read('model.embed_tokens.weight');
  const gain = await read('model.layers.0.input_layernorm.weight');
  const width = gain.length;
  const expected = new Float64Array(width);
  for (const token of tokens) {
    const x = table.subarray(token * width, (token + 1) * width);
    const meanSquare = x.reduce((sum, value) => sum + value * value, 0) / width;
    const inverse = 1 / Math.sqrt(meanSquare + Number(model.config.rms_norm_eps));
    for (let i = 0; i < width; i++) expected[i] += (x[i] * inverse * gain[i]) ** 2 / tokens.length;
  }
  for (const name of ['attn_q', 'attn_k', 'attn_v']) {
    const { meanSquares, calls } = entries.get(`blk.0.${name}.weight`)!;
    expect(calls).toBe(3);
    meanSquares.forEach((mean, i) => expect(Math.abs(mean / expected[i] - 1)).toBeLessThan(1e-4));
  }
});

test('on a part of its text the importance is near that of llama-imatrix', async () => {
  const model = await lab.openModel('gpt2-tinystories');
  const theirs = readImatrix(readFileSync('fixtures/gguf/gpt2-tinystories.imatrix.dat'));
  const calibration = { data: 'tinystories-calibration', windows: 2, draws: 1 };
  const { entries } = await makeImatrix(lab, model, { calibration, context: 256, seed: 1 });
  expect([...entries.keys()].sort()).toEqual([...theirs.entries.keys()].sort());
  for (const [name, { meanSquares }] of entries) {
    const expected = theirs.entries.get(name)!.meanSquares;
    const total = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
    const ratio = total(meanSquares) / total(expected);
    expect([name, ratio > 0.8 && ratio < 1.25]).toEqual([name, true]);
  }
});

test('the tokenizer of the model reads the text as llama.cpp does', async () => {
  const model = await lab.openModel('gpt2-tinystories');
  const { text } = await lab.openText('tinystories-calibration');
  const ids = await (await loadTokenizer(model.assets)).encode(text, {});
  // llama-imatrix made 234 chunks of 256 tokens of this text.
  expect(Math.floor(ids.length / 256)).toBe(234);
});
