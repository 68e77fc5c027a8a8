import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gguf } from '@huggingface/gguf';
import { afterAll, describe, expect, it } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { LabError } from '../../base/errors';
import type { Exportable } from '../load/export';
import { loadModel } from '../load/load';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { exportGguf, type GgufExport } from './export';
import { fileType } from './fileTypes';
import { importGguf, type GgufModel } from './import';
import { TINY_GPT2, TINY_LLAMA, tinyModel, tinyTokenizer } from './testing/tinyModel';

const story = readFileSync('public/data/tinystories/valid.txt', 'utf8').slice(0, 6000);
const UNUSUAL_TEXT = 'Hello  world, it’s 2024!\n\n  naïve café 🙂 "x" = 3.14\t<s> <|endoftext|> end ';

const embedded = (id: string) => loadModel(folderFiles(`public/models/${id}`));

async function roundTrip(model: Exportable, type = 'F32'): Promise<{ written: GgufExport; read: GgufModel }> {
  const written = await exportGguf(model, { type: fileType(type), name: 'tiny' });
  return { written, read: await importGguf(written.bytes, 'tiny.gguf') };
}

async function expectSameValues(a: Exportable, b: Exportable): Promise<void> {
  for (const spec of a.shape.tensors) {
    // Comparing buffers: the test runner takes seconds to compare millions of elements one by one.
    const [x, y] = [Buffer.from((await a.tensor(spec)).buffer), Buffer.from((await b.tensor(spec)).buffer)];
    expect([spec.name, x.equals(y)]).toEqual([spec.name, true]);
  }
}

/** Returns ‖W − Ŵ‖ ÷ ‖W‖ of the imported model, computed independently of the exporter. */
async function relativeError(model: Exportable, read: GgufModel): Promise<number> {
  let [square, error] = [0, 0];
  for (const spec of model.shape.tensors) {
    const [a, b] = [await model.tensor(spec), await read.tensor(spec)];
    a.forEach((x, i) => ((square += x * x), (error += (x - b[i]) ** 2)));
  }
  return Math.sqrt(error / square);
}

describe.each(['stories260K', 'gpt2-tinystories'])('%s exported as F32 and imported', (id) => {
  it('has the same program and the same weights', async () => {
    const model = await embedded(id);
    const { read, written } = await roundTrip(model);
    expect(read.shape).toEqual(model.shape);
    await expectSameValues(model, read);
    expect([written.relativeL2, written.kept]).toEqual([0, []]);
    expect(read.config).toMatchObject({
      bos_token_id: model.config.bos_token_id,
      eos_token_id: model.config.eos_token_id,
    });
  });

  it('encodes texts into the same tokens', async () => {
    const model = await embedded(id);
    const [before, after] = [
      await loadTokenizer(model.assets),
      await loadTokenizer((await roundTrip(model)).read.assets),
    ];
    for (const text of [story, UNUSUAL_TEXT, '', 'a']) {
      const tokens = await before.encodeMeasured(text);
      expect(await after.encodeMeasured(text)).toEqual(tokens);
      expect(after.decode(tokens.ids)).toBe(before.decode(tokens.ids));
    }
    expect(after.vocabularySize).toBe(before.vocabularySize);
  });
});

it('the merges of Llama’s tokenizer are restored from scores', async () => {
  const model = await embedded('stories260K');
  const merges = (assets: ReadonlyMap<string, Uint8Array>) =>
    (JSON.parse(new TextDecoder().decode(assets.get('tokenizer.json'))) as { model: { merges: unknown } })
      .model.merges;
  expect(merges((await roundTrip(model)).read.assets)).toEqual(merges(model.assets));
});

describe.each([
  ['gpt2', TINY_GPT2],
  ['llama', TINY_LLAMA],
])('a %s with unusual settings', (_, config) => {
  it('keeps all settings and all values', async () => {
    const model = tinyModel(config);
    const { read } = await roundTrip(model);
    expect(read.shape).toEqual(model.shape);
    await expectSameValues(model, read);
  });
});

describe('a file of type', () => {
  const wide = { ...TINY_GPT2, n_embd: 256, n_inner: 96, n_layer: 1, tie_word_embeddings: true };
  const matrices = ['blk.0.attn_qkv.weight', 'blk.0.attn_output.weight', 'blk.0.ffn_up.weight'];
  /**
   * Bounds of the relative error of normal weights. A uniform step s errs by s ÷ √12: with a maximum near 2.2 of 32, s is
   * 2.2 ÷ 127 for 8 bits and 2.2 ÷ 8 for 4. The ternary rule of llama.cpp gives √0.653, minus the share of the tensors
   * that have more bits. Rounding to 8 bits after the point errs by at most 2⁻⁹ of a number.
   */
  const cases = [
    { type: 'F16', down: 'F16', table: 'F16', error: [1e-4, 3e-4] },
    { type: 'BF16', down: 'BF16', table: 'BF16', error: [1e-3, 2e-3] },
    { type: 'Q8_0', down: 'Q8_0', table: 'Q8_0', error: [0.003, 0.007] },
    { type: 'Q4_0', down: 'Q4_0', table: 'Q6_K', error: [0.06, 0.1] },
    { type: 'TQ1_0', down: 'Q4_0', table: 'Q6_K', error: [0.75, 0.81] },
    { type: 'TQ2_0', down: 'Q4_0', table: 'Q6_K', error: [0.75, 0.81] },
  ];

  it.each(cases)('$type', async ({ type, down, table, error }) => {
    const model = tinyModel(wide);
    const { written, read } = await roundTrip(model, type);
    const typeOf = new Map(read.file.tensors.map((tensor) => [tensor.name, tensor.type]));
    for (const name of matrices) expect([name, typeOf.get(name)]).toEqual([name, type]);
    expect(typeOf.get('token_embd.weight')).toBe(table);
    for (const name of ['position_embd.weight', 'output_norm.weight', 'blk.0.attn_qkv.bias'])
      expect(typeOf.get(name)).toBe('F32');
    expect([written.kept, written.note]).toEqual([[], undefined]);
    expect(typeOf.get('blk.0.ffn_down.weight')).toBe(down);
    const measured = await relativeError(model, read);
    // They differ only in the order of summation.
    expect(measured / written.relativeL2).toBeCloseTo(1, 9);
    expect(measured).toBeGreaterThan(error[0]);
    expect(measured).toBeLessThan(error[1]);
  });

  it('TQ1_0 holds the same values as one of TQ2_0', async () => {
    const model = tinyModel(wide);
    const [a, b] = [(await roundTrip(model, 'TQ1_0')).read, (await roundTrip(model, 'TQ2_0')).read];
    await expectSameValues(a, b);
  });
});

describe('another reader (@huggingface/gguf)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitcurve-gguf-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds the names, shapes and keys of llama.cpp in a Llama', async () => {
    const { written } = await roundTrip(await embedded('stories260K'), 'Q8_0');
    const path = join(folder, 'model.gguf');
    writeFileSync(path, written.bytes);
    const { metadata, tensorInfos } = await gguf(path, { allowLocalFile: true });
    const found = new Map(tensorInfos.map(({ name, shape }) => [name, shape.map(Number)]));
    expect(tensorInfos.length).toBe(47);
    expect(found.get('token_embd.weight')).toEqual([64, 512]);
    const inner = [...found.keys()].filter((name) => name.startsWith('blk.4.'));
    const names = [
      'attn_k',
      'attn_norm',
      'attn_output',
      'attn_q',
      'attn_v',
      'ffn_down',
      'ffn_gate',
      'ffn_norm',
      'ffn_up',
    ];
    expect(inner.sort()).toEqual(names.map((name) => `blk.4.${name}.weight`));
    expect(found.get('blk.4.attn_k.weight')).toEqual([64, 32]);
    expect(found.get('blk.4.ffn_down.weight')).toEqual([172, 64]);
    expect(found.has('output.weight')).toBe(false);
    expect(metadata).toMatchObject({
      'general.architecture': 'llama',
      'general.file_type': 7,
      'general.quantization_version': 2,
      'llama.block_count': 5,
      'llama.context_length': 512,
      'llama.attention.head_count_kv': 4,
      'llama.rope.dimension_count': 8,
      'tokenizer.ggml.model': 'llama',
      'tokenizer.ggml.bos_token_id': 1,
      'tokenizer.ggml.add_bos_token': true,
    });
    const types = (metadata as Record<string, unknown>)['tokenizer.ggml.token_type'] as number[];
    // <unk> unknown, <s> and </s> control, 256 bytes, the rest normal.
    expect([0, 1, 2, 3, 258, 259, 511].map((id) => types[id])).toEqual([2, 3, 3, 6, 6, 1, 1]);
  });
});

describe('errors of the export', () => {
  const refused = async (model: Exportable, type = 'F32') => {
    const error = await exportGguf(model, { type: fileType(type), name: 'x' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).remedy).not.toBe('');
    return (error as LabError).message;
  };

  it.each([
    [{ activation_function: 'gelu' }, /exact GELU/],
    [{ scale_attn_by_inverse_layer_idx: true }, /attention scale/],
    [{ scale_attn_weights: false }, /attention scale/],
  ])('name a setting that llama.cpp does not have: %j', async (change, message) => {
    expect(await refused(tinyModel({ ...TINY_GPT2, ...change }))).toMatch(message);
  });

  it('name an image classifier', async () => {
    expect(await refused(await embedded('vit-cifar10'))).toMatch(/"vit"/);
  });

  it('name a type whose blocks no row fits', async () => {
    expect(await refused(tinyModel(TINY_GPT2), 'TQ1_0')).toMatch(/TQ1_0.*multiple of 32/);
  });

  it('name weights that are not finite or exceed the type', async () => {
    const broken = (value: number): Exportable => {
      const model = tinyModel(TINY_LLAMA);
      const tensor: Exportable['tensor'] = async (spec) => {
        const values = await model.tensor(spec);
        if (spec.name.includes('1.mlp.up_proj.weight')) values[3] = value;
        return values;
      };
      return { ...model, tensor };
    };
    expect(await refused(broken(NaN))).toMatch(/blk\.1\.ffn_up\.weight.*NaN/);
    expect(await refused(broken(1e6), 'F16')).toMatch(/blk\.1\.ffn_up\.weight.*65504/);
  });

  it('name a tokenizer that is missing or belongs to another model', async () => {
    expect(await refused(tinyModel(TINY_GPT2, new Map()))).toMatch(/no tokenizer\.json/);
    expect(await refused(tinyModel(TINY_GPT2, tinyTokenizer(41)))).toMatch(/id 40.*vocabulary of 40/);
  });

  it('name an unknown type', () => {
    expect(() => fileType('Q3_K')).toThrow(/Q3_K/);
  });
});
