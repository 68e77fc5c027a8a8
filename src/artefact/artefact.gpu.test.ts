import { afterAll, describe, expect, test } from 'vitest';
import { folderFiles } from '../platform/node/folder';
import { parseCodec } from '../codecs/contract/spec';
import { parseSafetensors } from '../formats/safetensors/read';
import { writeSafetensors } from '../formats/safetensors/write';
import type { TensorSpec } from '../models/architecture';
import { exportModel } from '../models/load/export';
import { loadModel } from '../models/load/load';
import type { Model } from '../models/model';
import { floatsOf, readTensors } from '../testing/checkpoint';
import { expectClose } from '../testing/close';
import { testGpu } from '../testing/gpu';
import { fixture } from '../testing/fixtures';
import { compress } from './compress';
import { predictSize } from './layout';
import { Artefact } from './read';
import { gpuProcessor } from './processor';
import type { Recipe } from './recipe';
import { memorySink } from './sink';
import { decodedWeights } from './weights';

const gpu = await testGpu();
const processor = gpuProcessor(gpu);
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const stories = await loadModel(folderFiles('public/models/stories260K'));
const vit = await loadModel(folderFiles('public/models/vit-cifar10'));

const recipe = (codec: string, over: Partial<Recipe> = {}): Recipe => ({
  spec: parseCodec(codec),
  scope: 'all',
  rest: 'float16',
  ...over,
});
const write = (model: Model, how: Recipe) =>
  compress(model, how, undefined, memorySink(), { processor, seed: 1 });

interface Placed {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Another reader of safetensors, from the specification alone: u64 length, JSON, bytes. */
function readIndependently(file: Uint8Array) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<string, Placed>;
  const tensors = Object.fromEntries(Object.entries(header).filter(([name]) => name !== '__metadata__'));
  const bytes = (name: string) => {
    const [begin, end] = tensors[name].data_offsets;
    return file.slice(8 + length + begin, 8 + length + end);
  };
  return { header: 8 + length, tensors, bytes, names: Object.keys(tensors) };
}

const spanOf = ({ data_offsets: [begin, end] }: Placed) => end - begin;

/** An edited copy of the header; the new text must be as long as the old one. */
function edited(file: Uint8Array, from: string, to: string): Uint8Array {
  const { header } = readIndependently(file);
  const text = new TextDecoder().decode(file.subarray(0, header));
  expect(text).toContain(from);
  expect(to.length).toBe(from.length);
  const copy = file.slice();
  // The length field is no text: only what follows it is written back.
  copy.set(new TextEncoder().encode(text.slice(text.indexOf('{')).replace(from, to)), 8);
  return copy;
}

describe('scope all', () => {
  test('a tied table is stored, counted and coded once', async () => {
    const { file: bytes, size } = await write(stories, recipe('rtn(bits=4,group=32)'));
    const { names, tensors, header } = readIndependently(bytes);
    expect(names.filter((name) => /embed|head/.test(name)).sort()).toEqual([
      'model.embed_tokens.weight.codes',
      'model.embed_tokens.weight.scales',
    ]);
    // 512 tokens × 64 columns at 4 bits, and two float16 scales for each row.
    expect(spanOf(tensors['model.embed_tokens.weight.codes'])).toBe((512 * 64) / 2);
    expect(spanOf(tensors['model.embed_tokens.weight.scales'])).toBe(512 * 2 * 2);

    const sum = (choose: (name: string) => boolean) =>
      names.filter(choose).reduce((total, name) => total + spanOf(tensors[name]), 0);
    const assets = sum((name) => name.startsWith('asset/'));
    const norms = 11 * 64;
    const coded = stories.shape.parameters - norms;
    const codedBytes = sum((name) => /\.(codes|scales)$/.test(name));
    expect(size.totalBytes).toBe(bytes.length);
    expect(header + sum(() => true)).toBe(bytes.length);
    expect(size.assetBytes).toBe(assets);
    expect(size.parts.float).toBe(2 * norms);
    expect(size.bitsPerWeight).toBeCloseTo((8 * (bytes.length - assets)) / 260_032, 12);
    expect(size.bitsPerCodedWeight).toBeCloseTo((8 * codedBytes) / coded, 12);
    expect(size.ratioFloat32).toBeCloseTo((4 * 260_032) / (bytes.length - assets), 12);
  });

  test('an image model has its patch projection, positions and classifier coded', async () => {
    const { file: bytes } = await write(vit, recipe('rtn(bits=8,group=row)'));
    const { tensors, names } = readIndependently(bytes);
    const prefix = 'vit.embeddings.';
    for (const name of [`${prefix}patch_embeddings.projection.weight`, `${prefix}position_embeddings`]) {
      const spec = vit.shape.tensors.find((tensor) => tensor.name === name)!;
      expect(spanOf(tensors[`${name}.codes`])).toBe(spec.matrix[0] * spec.matrix[1]);
      expect(names).not.toContain(name);
    }
    expect(names).toContain('classifier.weight.codes');
    expect(names).toContain(`${prefix}cls_token`);
    const projection = vit.shape.tensors.find((t) => t.name.includes('projection.weight'))!;
    const [out, channels, height, width] = projection.shape;
    expect(projection.matrix).toEqual([out, channels * height * width]);
  });
});

test.each(['codegen', 'gpt-neox', 'phi3'])(
  'fused layers of %s come back in the order of the checkpoint',
  async (name) => {
    const folder = fixture(`arch/${name}`);
    const { file: bytes } = await write(
      await loadModel(folderFiles(folder)),
      recipe('rtn(bits=8,group=row)'),
    );
    const artefact = await Artefact.open(bytes);
    const { shape, assets } = artefact;
    const tensor = async (spec: TensorSpec) => {
      const matrix = await artefact.decode(processor, spec);
      const values = await processor.read(matrix);
      processor.release(matrix);
      return values;
    };
    const files = await exportModel({ config: artefact.metadata.config, shape, assets, tensor });
    const written = parseSafetensors(files.get('model.safetensors')!).tensors;
    const original = readTensors(`${folder}/model.safetensors`);
    expect([...written.keys()].sort()).toEqual([...original.keys()].sort());
    for (const [at, stored] of original) {
      const values = floatsOf(stored);
      const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      // Half a step of 8 bits, and the rounding of its float16 scale; another row would be off by its own size.
      expectClose(floatsOf(written.get(at)!), values, { abs: largest / 200 });
    }
  },
);

describe('the file', () => {
  test.each([
    'rtn(bits=3,group=row,scheme=asymmetric)',
    'nf4(block=64,double=true)',
    'ternary(packing=base3)',
  ])('%s is as long as predicted without encoding', async (codec) => {
    for (const scope of ['linear', 'all'] as const) {
      const how = recipe(codec, { scope, rest: 'bfloat16' });
      expect((await write(stories, how)).size).toEqual(await predictSize(stories, how));
    }
  });

  test.each([
    // Entries alone take about 100 bytes for each of 47, 64 and 132 tensors.
    ['stories260K', 5800],
    ['gpt2-tinystories', 6200],
    ['vit-cifar10', 12_500],
  ] as const)('the header of %s takes at most %i bytes', async (id, most) => {
    const model = await loadModel(folderFiles(`public/models/${id}`));
    expect((await predictSize(model, recipe('rans(grid)'))).parts.header).toBeLessThanOrEqual(most);
  });

  test('of version 1 is read as one of this version is', async () => {
    const how = recipe('rtn(bits=4,group=32)', { scope: 'linear' });
    const { file: bytes } = await write(stories, how);
    const { metadata, tensors } = parseSafetensors(bytes);
    const { shape, metadata: known } = await Artefact.open(bytes);
    const coded = shape.tensors.filter(({ role }) => role === 'attention' || role === 'mlp');
    const old = {
      ...{ version: 1, model: known.model, config: known.config, scope: 'linear', rest: 'float16' },
      codecs: known.codecs,
      tensors: Object.fromEntries(coded.map(({ name }) => [name, 0])),
      transposed: [],
      assets: [...stories.assets.keys()],
    };
    const entries = [...tensors].map(([name, tensor]) => ({ name, ...tensor }));
    const opened = await Artefact.open(
      writeSafetensors(entries, { ...metadata, bitcurve: JSON.stringify(old) }),
    );
    expect([...opened.assets]).toEqual([...stories.assets]);
    const current = await Artefact.open(bytes);
    for (const tensor of coded)
      expect(await opened.stored(tensor, opened.codecOf(tensor)!)).toEqual(
        await current.stored(tensor, current.codecOf(tensor)!),
      );
  });

  test.each([
    ['float32', (bits: DataView, i: number) => bits.getFloat32(4 * i, true), 0],
    // The upper half of a float32.
    ['bfloat16', (bits: DataView, i: number) => widened(bits.getUint16(2 * i, true)), 2 ** -8],
  ] as const)('rest %s holds the norms', async (rest, value, tolerance) => {
    const { file: bytes } = await write(stories, recipe('nf4', { rest }));
    const stored = readIndependently(bytes).bytes('model.norm.weight');
    const spec = stories.shape.tensors.find((tensor) => tensor.name === 'model.norm.weight')!;
    const expected = await stories.tensor(spec);
    const view = new DataView(stored.buffer);
    expected.forEach((w, i) =>
      expect(Math.abs(value(view, i) - w)).toBeLessThanOrEqual(tolerance * Math.abs(w)),
    );
  });

  test.each([
    ['float16', 70_000],
    ['bfloat16', 3.4e38],
  ] as const)('rest %s refuses what it would make infinite, naming the tensor', async (rest, large) => {
    const norm = 'model.norm.weight';
    const altered: Model = {
      ...stories,
      tensor: async (spec) => (spec.name === norm ? new Float32Array(64).fill(large) : stories.tensor(spec)),
    };
    await expect(write(altered, recipe('nf4', { rest }))).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(norm),
    });
  });
});

describe('a damaged file', async () => {
  const { file: bytes } = await write(stories, recipe('rtn(bits=4,group=32)'));

  test.each([
    ['cut in half', bytes.slice(0, bytes.length / 2)],
    ['with another codec', edited(bytes, 'rtn(bits=4', 'rtn(bits=8')],
    ['with a codec that does not exist', edited(bytes, 'rtn(bits=4', 'zip(bits=4')],
    ['with an option out of range', edited(bytes, 'rtn(bits=4', 'rtn(bits=9')],
    ['without an asset it lists', edited(bytes, '"asset/tokenizer.json"', '"asset/tokenizer.jsom"')],
    ['of a deeper model', edited(bytes, "'num_hidden_layers':5", "'num_hidden_layers':6")],
  ])('%s is refused as a file', async (_, file) => {
    const open = async () => (await decodedWeights(processor, await Artefact.open(file))).dispose();
    await expect(open()).rejects.toMatchObject({ code: 'bad-file' });
  });
});

function widened(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0];
}
