import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { parseCodecs } from '../../codecs/contract/spec';
import { exportGguf } from '../../models/gguf/export';
import { fileType } from '../../models/gguf/fileTypes';
import { importGguf } from '../../models/gguf/import';
import type { Model } from '../../models/model';
import { loadModel } from '../../models/load/load';
import { architectureFor } from '../../models/registry';
import { nodeLabOn } from '../../platform/node/lab';
import { fixture } from '../../testing/fixtures';
import { memoryFiles } from '../../testing/fuzz/memoryFiles';
import { testGpu } from '../../testing/gpu';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';
import { MemoryRecordStore } from '../results/store';
import type { LabEvent } from './events';
import { runPlan } from './run';

const node = nodeLabOn(await testGpu());
afterAll(() => expect(node.gpu.buffers.liveCount).toBe(0));

/** The model that the fixtures were made from: layer 0 of stories260K, its MLP widened to 192 by zeros. */
async function sourceOfFixtures(): Promise<Model> {
  const whole = await node.openModel('stories260K');
  const config = { ...whole.config, num_hidden_layers: 1, intermediate_size: 192 };
  const shape = architectureFor(config).configure(config);
  const specs = new Map(whole.shape.tensors.map((spec) => [spec.name, spec]));
  return {
    ...{ ...whole, id: 'base', config, shape },
    tensor: async (spec) => {
      const [rows, columns] = spec.matrix;
      const [oldRows, oldColumns] = specs.get(spec.name)!.matrix;
      const values = await whole.tensor(specs.get(spec.name)!);
      if (columns === oldColumns && rows === oldRows) return values;
      const padded = new Float32Array(rows * columns);
      for (let r = 0; r < oldRows; r++)
        padded.set(values.subarray(r * oldColumns, (r + 1) * oldColumns), r * columns);
      return padded;
    },
  };
}

function folderOf(name: string): Map<string, Uint8Array> {
  const read = (file: string) => new Uint8Array(readFileSync(fixture(`quantised/${name}/${file}`)));
  return new Map(['config.json', 'model.safetensors'].map((file) => [file, read(file)]));
}

const base = await sourceOfFixtures();
const AWQ = 'awq/stories260K-4bit-g32-gemm';
const MLX = 'mlx/stories260K-4bit-g64';

/** Models by the names in the plans of this test. */
const models = new Map<string, () => Promise<Model>>([
  ['base', async () => base],
  ['awq', async () => ({ ...(await loadModel(memoryFiles(folderOf(AWQ)))), id: 'awq' })],
  ['mlx', async () => ({ ...(await loadModel(memoryFiles(folderOf(MLX)))), id: 'mlx' })],
  [
    'q8.gguf',
    async () => importGguf((await exportGguf(base, { type: fileType('Q8_0'), name: 'x' })).bytes, 'q8.gguf'),
  ],
]);

const lab: Lab = { ...node, openModel: (id, signal) => models.get(id)?.() ?? node.openModel(id, signal) };

const plan: Plan = {
  model: 'base',
  codecs: parseCodecs('rtn(bits=8,group=32)'),
  files: ['awq', 'mlx', 'q8.gguf'],
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

async function run(over: Partial<Plan> = {}, store = new MemoryRecordStore()) {
  const events: LabEvent[] = [];
  for await (const event of runPlan(lab, { ...plan, ...over }, { store })) events.push(event);
  const records = new Map(
    events.flatMap((e) => (e.type === 'record' ? [[e.record.codec.spec, e.record]] : [])),
  );
  return {
    events,
    records,
    failures: events.filter((e) => e.type === 'failed'),
  };
}

describe('files of others', () => {
  test('are measured beside the baseline and the codecs, with the bytes of the file', async () => {
    const { records, failures } = await run();
    expect(failures).toEqual([]);
    expect([...records.keys()]).toEqual([
      ...['baseline', 'rtn(bits=8,group=32)', 'file(awq)', 'file(mlx)', 'file(q8.gguf)'],
    ]);
    const awq = records.get('file(awq)')!;
    expect(awq.size.totalBytes).toBe(folderOf(AWQ).get('model.safetensors')!.length);
    const parts = Object.values(awq.size.parts).reduce((a, b) => a + b, 0);
    expect(parts + awq.size.assetBytes).toBe(awq.size.totalBytes);
    expect(awq.codec).toMatchObject({ id: 'file', label: 'AWQ, 4 bits, group 32' });
    // 4 bits, and for each 32 weights a scale of 16 bits and a zero point of 4.
    expect(awq.size.bitsPerCodedWeight).toBeCloseTo(4 + 20 / 32, 10);
    expect(awq.error!.layers.map(({ bits }) => bits)).toEqual(Array.from({ length: 7 }, () => 4.625));
    expect(awq.quality.klMean).toBeGreaterThan(0);
    // 8 bits are closer to the model than 4, whoever wrote them.
    expect(records.get('file(q8.gguf)')!.quality.klMean).toBeLessThan(awq.quality.klMean! / 10);
    expect(records.get('file(q8.gguf)')!.size.assetBytes).toBeGreaterThan(0);
    expect(records.get('file(mlx)')!.error!.layers[0].name).toBe('model.embed_tokens.weight');
  });

  test('are compared with plain rounding of no more bytes', async () => {
    const { records } = await run({ codecs: [], files: ['awq'], verdict: true });
    const { verdict } = records.get('file(awq)')!;
    expect(verdict!.opponent).toMatch(/^rtn\(/);
    expect(verdict!.slack).toBeLessThanOrEqual(1);
  });

  test('are measured part by part where the model is', async () => {
    const whole = await run({ codecs: [], files: ['awq'] });
    const parts = await run({ codecs: [], files: ['awq'], memory: 1 << 20 });
    const value = (found: typeof whole) => found.records.get('file(awq)')!.quality.value;
    expect(value(parts)).toBeCloseTo(value(whole), 3);
  });

  test('are not measured again when their record is there', async () => {
    const store = new MemoryRecordStore();
    const first = await run({ codecs: [], files: ['awq'] }, store);
    const again = await run({ codecs: [], files: ['awq'] }, store);
    expect(again.records.get('file(awq)')!.startedAt).toBe(first.records.get('file(awq)')!.startedAt);
  });
});

/** Returns the fixture's folder after a change of its config.json or one float16 tensor. */
async function changed(config: object, tensor?: { name: string; scale: number }): Promise<Model> {
  const files = folderOf(AWQ);
  const old = JSON.parse(new TextDecoder().decode(files.get('config.json'))) as object;
  files.set('config.json', new TextEncoder().encode(JSON.stringify({ ...old, ...config })));
  const model = { ...(await loadModel(memoryFiles(files))), id: 'changed' };
  if (!tensor) return model;
  return {
    ...model,
    tensor: async (spec) =>
      (await model.tensor(spec)).map((x) => (spec.name === tensor.name ? x * tensor.scale : x)),
  };
}

describe('a file that was not made from the model is refused', () => {
  test.each([
    [
      'of another architecture',
      () => node.openModel('gpt2-tinystories'),
      /its architecture is gpt2, not llama/,
    ],
    [
      'of another shape',
      () => node.openModel('stories260K'),
      /tensor model.layers.0.mlp.gate_proj.weight is \[172,64\], not \[192,64\]/,
    ],
    ['with another epsilon', () => changed({ rms_norm_eps: 1e-6 }), /a setting of its forward pass/],
    [
      'with another token table',
      () => changed({}, { name: 'model.embed_tokens.weight', scale: 1.02 }),
      /tensor model.embed_tokens.weight, which it does not quantise/,
    ],
    [
      'with another tokenizer',
      async () => ({
        ...(await changed({})),
        assets: new Map([['tokenizer.json', otherTokenizer()]]),
      }),
      /tokenizer splits tinystories in another way, from token \d+ on/,
    ],
  ])('%s', async (_, open, message) => {
    models.set('changed', open);
    const { failures, records } = await run({ codecs: [], files: ['changed'] });
    expect(failures).toMatchObject([
      { codec: 'file(changed)', code: 'bad-input', message: expect.stringMatching(message) },
    ]);
    expect(records.size).toBe(1);
  });

  test('a quantised checkpoint is not taken as the baseline', async () => {
    await expect(run({ model: 'awq', files: [] })).rejects.toThrow(
      /awq is quantised already \(AWQ, 4 bits, group 32\)/,
    );
  });
});

/** Returns the model's tokenizer with the ids of two frequent tokens exchanged. */
function otherTokenizer(): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(base.assets.get('tokenizer.json'))) as {
    model: { vocab: Record<string, number> };
  };
  const { vocab } = json.model;
  const [a, b] = Object.keys(vocab).slice(300, 302);
  [vocab[a], vocab[b]] = [vocab[b], vocab[a]];
  return new TextEncoder().encode(JSON.stringify(json));
}
