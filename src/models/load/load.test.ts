import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { Cancelled, LabError } from '../../base/errors';
import { parseSafetensors, toFloat32 } from '../../formats/safetensors/read';
import { writeSafetensors, type NamedTensor } from '../../formats/safetensors/write';
import { floatsToHalves } from '../../base/float16';
import { fixture, LANGUAGE_FIXTURES } from '../../testing/fixtures';
import { exportModel, float32Folder } from './export';
import type { FileSource } from './files';
import { loadModel } from './load';
import { architectureFor } from '../registry';

const config = {
  model_type: 'gpt2',
  vocab_size: 6,
  n_positions: 5,
  n_embd: 4,
  n_layer: 1,
  n_head: 2,
  activation_function: 'gelu_new',
  tie_word_embeddings: true,
};

/** Shapes as in transformers. Values count up, so that every element is recognisable. */
const SHAPES: Record<string, number[]> = {
  'wte.weight': [6, 4],
  'wpe.weight': [5, 4],
  'h.0.ln_1.weight': [4],
  'h.0.ln_1.bias': [4],
  'h.0.attn.c_attn.weight': [4, 12],
  'h.0.attn.c_attn.bias': [12],
  'h.0.attn.c_proj.weight': [4, 4],
  'h.0.attn.c_proj.bias': [4],
  'h.0.ln_2.weight': [4],
  'h.0.ln_2.bias': [4],
  'h.0.mlp.c_fc.weight': [4, 16],
  'h.0.mlp.c_fc.bias': [16],
  'h.0.mlp.c_proj.weight': [16, 4],
  'h.0.mlp.c_proj.bias': [4],
  'ln_f.weight': [4],
  'ln_f.bias': [4],
};

function f32(name: string, shape: readonly number[], values?: number[]): NamedTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => values?.[i] ?? i);
  return { name, dtype: 'F32', shape, bytes: new Uint8Array(data.buffer) };
}

function checkpoint(prefix = 'transformer.'): NamedTensor[] {
  return Object.entries(SHAPES).map(([name, shape]) => f32(prefix + name, shape));
}

function memoryFiles(files: Record<string, Uint8Array | object>): FileSource {
  const bytes = (content: Uint8Array | object) =>
    content instanceof Uint8Array ? content : new TextEncoder().encode(JSON.stringify(content));
  return {
    id: 'tiny',
    source: 'memory',
    revision: '1',
    has: async (name) => name in files,
    read: async (name) => bytes(files[name]),
  };
}

const load = (tensors: NamedTensor[], more: object = {}, files: object = {}) =>
  loadModel(
    memoryFiles({
      'config.json': { ...config, ...more },
      'model.safetensors': writeSafetensors(tensors),
      ...files,
    }),
  );

async function failure(promise: Promise<unknown>): Promise<LabError> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(LabError);
  return error as LabError;
}

/** Returns the checkpoint with one tensor replaced, added or, if `tensor` is undefined, removed. */
function altered(name: string, tensor?: NamedTensor): NamedTensor[] {
  return [...checkpoint().filter((t) => t.name !== name), ...(tensor ? [tensor] : [])];
}

describe('loadModel', () => {
  it.each(['transformer.', ''])(
    'finds tensors with the prefix %j and transposes Conv1D to [out, in]',
    async (prefix) => {
      const model = await load(checkpoint(prefix));
      expect(model.shape.parameters).toBe(
        Object.values(SHAPES).reduce((n, s) => n + s.reduce((a, b) => a * b), 0),
      );
      const spec = model.shape.tensors.find((t) => t.name === 'transformer.h.0.mlp.c_proj.weight')!;
      const values = await model.tensor(spec);
      // Checkpoint [in 16, out 4] counts up by row: canonical row o, column i is 4 i + o.
      expect(Array.from(values)).toEqual(
        Array.from({ length: 64 }, (_, i) => 4 * (i % 16) + Math.floor(i / 16)),
      );
    },
  );

  it('returns a copy of the values', async () => {
    const model = await load(checkpoint());
    const spec = model.shape.tensors[0];
    (await model.tensor(spec)).fill(-1);
    expect((await model.tensor(spec))[5]).toBe(5);
  });

  it('reads float16 and shards of an index, and hashes the files', async () => {
    const half: NamedTensor = {
      name: 'transformer.ln_f.bias',
      dtype: 'F16',
      shape: [4],
      bytes: new Uint8Array(floatsToHalves([1, 2.5, -3, 0]).buffer),
    };
    const rest = altered('transformer.ln_f.bias');
    const weight_map = Object.fromEntries([
      ...rest.map((t) => [t.name, 'a-1.safetensors']),
      [half.name, 'a-2.safetensors'],
    ]);
    const files = memoryFiles({
      'config.json': config,
      'model.safetensors.index.json': { weight_map },
      'a-1.safetensors': writeSafetensors(rest),
      'a-2.safetensors': writeSafetensors([half]),
      'tokenizer.json': { a: 1 },
    });
    const model = await loadModel(files);
    const spec = model.shape.tensors.find((t) => t.name === half.name)!;
    expect(Array.from(await model.tensor(spec))).toEqual([1, 2.5, -3, 0]);
    expect(model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect([...model.assets.keys()]).toEqual(['tokenizer.json']);
  });

  it('names tensors that are missing, not finite, or of the wrong shape or type', async () => {
    const name = 'transformer.h.0.ln_1.weight';
    expect(await failure(load(altered(name)))).toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining(name),
    });
    expect((await failure(load(altered(name, f32(name, [2, 2]))))).message).toContain(
      `${name} has shape [2,2]`,
    );
    const bytes = new Uint8Array(4);
    expect(await failure(load(altered(name, { name, dtype: 'I8', shape: [4], bytes })))).toMatchObject({
      code: 'unsupported',
    });
    const model = await load(altered(name, f32(name, [4], [0, NaN])));
    const error = await failure(model.tensor(model.shape.tensors.find((t) => t.name === name)!));
    expect(error).toMatchObject({ code: 'not-finite', message: expect.stringContaining(name) });
  });

  it('accepts a duplicate of a tied head only if it equals the embedding', async () => {
    const model = await load([...checkpoint(), f32('lm_head.weight', [6, 4])]);
    expect(model.shape.tiedHead).toBe(true);
    expect((await failure(load([...checkpoint(), f32('lm_head.weight', [6, 4], [9])]))).code).toBe(
      'bad-file',
    );
    const only = [...altered('transformer.wte.weight'), f32('lm_head.weight', [6, 4], [7])];
    const found = await load(only);
    expect((await found.tensor(found.shape.tensors[0]))[0]).toBe(7);
  });

  it('ignores buffers and extra weights outside the blocks, and refuses extra weights inside', async () => {
    await load([
      ...checkpoint(),
      f32('transformer.h.0.attn.bias', [1, 1, 5, 5]),
      f32('score.weight', [2, 4]),
    ]);
    const extra = 'transformer.h.0.attn.q_norm.weight';
    const error = await failure(load([...checkpoint(), f32(extra, [4])]));
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining(extra) });
    expect((await failure(load([...checkpoint(''), f32('h.1.ln_1.bias', [4])]))).code).toBe('unsupported');
  });

  it('reorders the rows and bias of a fused layer into queries, keys and values', async () => {
    const [width, inner] = [8, 4];
    const neox = {
      ...{ model_type: 'gpt_neox', vocab_size: 6, hidden_size: width, intermediate_size: inner },
      ...{ num_hidden_layers: 1, num_attention_heads: 2, rotary_pct: 0.5, tie_word_embeddings: true },
    };
    const { tensors } = architectureFor(neox).configure(neox);
    const stored = tensors.map((spec) => f32(spec.name, spec.shape));
    const masks = ['bias', 'masked_bias', 'rotary_emb.inv_freq'];
    const buffers = masks.map((name) => f32(`gpt_neox.layers.0.attention.${name}`, [1]));
    const model = await load([...stored, ...buffers], neox);
    const values = async (name: string) => {
      const spec = model.shape.tensors.find((t) => t.name === `gpt_neox.layers.0.attention.${name}`)!;
      return [...(await model.tensor(spec))];
    };
    // Each head has 4 rows of query, 4 of key and 4 of value.
    const rows = [0, 1, 2, 3, 12, 13, 14, 15, 4, 5, 6, 7, 16, 17, 18, 19, 8, 9, 10, 11, 20, 21, 22, 23];
    expect(await values('query_key_value.bias')).toEqual(rows);
    const all = await values('query_key_value.weight');
    expect(all.filter((_, i) => i % width === 0).map((v) => v / width)).toEqual(rows);
    const written = parseSafetensors((await exportModel(model)).get('model.safetensors')!);
    for (const { name, shape, bytes } of stored)
      expect(written.tensors.get(name)).toEqual({ dtype: 'F32', shape, bytes });
    const another = f32('embed_out.weight', [6, width], [9]);
    expect((await failure(load([...stored, another], neox))).code).toBe('bad-file');
  });

  it('names damaged configurations and indices', async () => {
    const text = (s: string) => new TextEncoder().encode(s);
    const open = (files: Record<string, Uint8Array | object>) => failure(loadModel(memoryFiles(files)));
    expect((await open({ 'config.json': text('{') })).message).toContain('config.json');
    expect((await open({ 'config.json': text('[]') })).message).toContain('config.json');
    expect((await open({ 'config.json': config })).code).toBe('unsupported');
    for (const map of [null, { a: 3 }, { a: '../x.safetensors' }, { a: 'x.bin' }])
      expect(
        await open({ 'config.json': config, 'model.safetensors.index.json': { weight_map: map } }),
      ).toMatchObject({ code: 'bad-file' });
  });

  it('can be cancelled', async () => {
    const stop = new AbortController();
    const files = memoryFiles({ 'config.json': config, 'model.safetensors': writeSafetensors(checkpoint()) });
    const loading = loadModel(files, stop.signal, () => stop.abort());
    stop.abort();
    await expect(loading).rejects.toBeInstanceOf(Cancelled);
  });
});

describe('exportModel', () => {
  it('writes the same checkpoint in float32', async () => {
    const model = await load(checkpoint(''), { dtype: 'float16' }, { 'tokenizer.json': { t: 1 } });
    const files = await exportModel(model);
    expect([...files.keys()].sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    const written = parseSafetensors(files.get('model.safetensors')!);
    expect(written.metadata).toEqual({ format: 'pt' });
    for (const { name, shape, bytes } of checkpoint())
      expect(written.tensors.get(name)).toEqual({ dtype: 'F32', shape, bytes });
    expect(written.tensors.size).toBe(Object.keys(SHAPES).length);
    expect(JSON.parse(new TextDecoder().decode(files.get('config.json')))).toMatchObject({
      ...config,
      dtype: 'float32',
    });
  });
});

/** Transformers wrote these checkpoints, so equal bytes prove that it can read an exported one. */
describe('checkpoints of transformers', () => {
  it.each([
    ...['gpt2-tinystories', 'vit-cifar10', 'stories260K'].map((name) => `public/models/${name}`),
    ...LANGUAGE_FIXTURES.map((name) => fixture(`arch/${name}`)),
  ])('%s is reproduced byte for byte', async (folder) => {
    const original = readFileSync(`${folder}/model.safetensors`);
    const files = await exportModel(await loadModel(folderFiles(folder)));
    expect(Buffer.compare(files.get('model.safetensors')!, original)).toBe(0);
    const parts: Uint8Array[] = [];
    for await (const part of float32Folder(await loadModel(folderFiles(folder))).weights()) parts.push(part);
    expect(Buffer.compare(Buffer.concat(parts), original)).toBe(0);
  });

  it('have their published checksum and size', async () => {
    const model = await loadModel(folderFiles('public/models/stories260K'));
    expect(model.sha256).toBe('407a7c581bdd66972383ce9ad24857713fb98786d06ea564a2fe9b34ebe77dfd');
    expect(model.shape.parameters).toBe(260_032);
    expect(model.id).toBe('stories260K');
    const norm = parseSafetensors(readFileSync('public/models/stories260K/model.safetensors')).tensors.get(
      'model.norm.weight',
    )!;
    const spec = model.shape.tensors.find((t) => t.name === 'model.norm.weight')!;
    expect(await model.tensor(spec)).toEqual(toFloat32(norm).slice());
  });
});
