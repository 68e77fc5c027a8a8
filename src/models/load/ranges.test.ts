import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { sha256Hex } from '../../base/checksum';
import { LabError } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';
import { parseSafetensors } from '../../formats/safetensors/read';
import { writeSafetensors, type NamedTensor } from '../../formats/safetensors/write';
import { fixture, LANGUAGE_FIXTURES } from '../../testing/fixtures';
import type { FileSource } from './files';
import { loadModel } from './load';
import { loadWeights } from './weights';

const scratch: string[] = [];
afterAll(() => scratch.forEach((path) => rmSync(path, { recursive: true })));

function folderOf(files: Record<string, Uint8Array | object>): string {
  const path = mkdtempSync(join(tmpdir(), 'bitcurve-ranges-'));
  scratch.push(path);
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(path, name), content instanceof Uint8Array ? content : JSON.stringify(content));
  return path;
}

/** Returns the source without support for reading by range. */
function whole(files: FileSource): FileSource {
  return { ...files, open: undefined };
}

/** Returns a source of the files of a folder that records every range that is read. */
function watched(path: string): { files: FileSource; ranges: [offset: number, length: number][] } {
  const files = folderFiles(path);
  const ranges: [number, number][] = [];
  const open = async (name: string): Promise<ByteSource> => {
    const source = await files.open!(name);
    const read = (offset: number, length: number) => {
      ranges.push([offset, length]);
      return source.read(offset, length);
    };
    return { ...source, read };
  };
  return { files: { ...files, open }, ranges };
}

const vector = (name: string, values: number[]): NamedTensor => ({
  name,
  dtype: 'F32',
  shape: [values.length],
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

const classifier = {
  model_type: 'gpt2',
  vocab_size: 40_000,
  n_positions: 4,
  n_embd: 64,
  n_layer: 1,
  n_head: 1,
  activation_function: 'gelu_new',
  tie_word_embeddings: true,
};

describe('a model that is read by range', () => {
  const folders = ['public/models/vit-cifar10', ...LANGUAGE_FIXTURES.map((name) => fixture(`arch/${name}`))];

  it.each(folders)('%s equals the model from whole files', async (path) => {
    const files = folderFiles(path);
    const [parts, all] = [await loadModel(files), await loadModel(whole(files))];
    expect(parts.sha256).toBe(all.sha256);
    expect(parts.sha256).toBe(await sha256Hex(readFileSync(join(path, 'model.safetensors'))));
    for (const spec of all.shape.tensors)
      expect(Buffer.compare(bytesOf(await parts.tensor(spec)), bytesOf(await all.tensor(spec)))).toBe(0);
  });

  it('from pytorch_model.bin equals the model from the whole file', async () => {
    const read = (name: string) => new Uint8Array(readFileSync(fixture(`arch/gpt2/${name}`)));
    const names = ['config.json', 'pytorch_model.bin'];
    const files = folderFiles(folderOf(Object.fromEntries(names.map((name) => [name, read(name)]))));
    const [parts, all] = [await loadModel(files), await loadModel(whole(files))];
    expect(parts.sha256).toBe(all.sha256);
    for (const spec of all.shape.tensors) expect(await parts.tensor(spec)).toEqual(await all.tensor(spec));
  });

  it('returns a copy of the values', async () => {
    const model = await loadModel(folderFiles(fixture('arch/gpt2')));
    const spec = model.shape.tensors[0];
    const before = (await model.tensor(spec)).slice();
    (await model.tensor(spec)).fill(-1);
    expect(await model.tensor(spec)).toEqual(before);
  });
});

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

describe('reading by range', () => {
  const checkpoint = () => writeSafetensors([vector('a', [1, 2, 3]), vector('b', [4, 5])]);

  it('reads only the bytes of the tensor', async () => {
    const path = folderOf({ 'model.safetensors': checkpoint() });
    const { files, ranges } = watched(path);
    const { tensors } = await loadWeights(files);
    ranges.length = 0;
    expect(new Float32Array((await tensors.get('b')!.read()).buffer)).toEqual(Float32Array.of(4, 5));
    expect(new Float32Array((await tensors.get('a')!.read(4, 12)).buffer)).toEqual(Float32Array.of(2, 3));
    const start = parseSafetensors(checkpoint()).headerBytes;
    expect(ranges).toEqual([
      [start + 12, 8],
      [start + 4, 8],
    ]);
  });

  it('reads only the header if the checksum is known', async () => {
    const { files, ranges } = watched(folderOf({ 'model.safetensors': checkpoint() }));
    const { sha256 } = await loadWeights({ ...files, sha256: async () => 'known' });
    expect(sha256).toBe('known');
    const { headerBytes } = parseSafetensors(checkpoint());
    expect(Math.max(...ranges.map(([offset, length]) => offset + length))).toBe(headerBytes);
  });

  it('computes the checksum of shards from the output of sha256sum', async () => {
    const shards = { 'a-1.safetensors': [vector('a', [1])], 'a-2.safetensors': [vector('b', [2])] };
    const files = Object.entries(shards).map(([name, tensors]) => [name, writeSafetensors(tensors)] as const);
    const lines = await Promise.all(
      files.map(async ([name, bytes]) => `${await sha256Hex(bytes)}  ${name}\n`),
    );
    const index = { weight_map: { b: 'a-2.safetensors', a: 'a-1.safetensors' } };
    const path = folderOf({ ...Object.fromEntries(files), 'model.safetensors.index.json': index });
    for (const source of [folderFiles(path), whole(folderFiles(path))]) {
      const { sha256 } = await loadWeights(source);
      expect(sha256).toBe(await sha256Hex(new TextEncoder().encode(lines.join(''))));
    }
  });

  it.each([
    ['names a missing file', { a: 'c.safetensors' }, /c\.safetensors/],
    ['names a tensor that its shard lacks', { z: 'b.safetensors' }, /"z" is in b\.safetensors/],
    ['names a file outside the folder', { a: '../b.safetensors' }, /not a file of this folder/],
  ])('refuses an index that %s', async (_, weight_map, sentence) => {
    const path = folderOf({
      'b.safetensors': checkpoint(),
      'model.safetensors.index.json': { weight_map },
    });
    const error = await loadWeights(folderFiles(path)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).message).toMatch(sentence);
  });

  it('refuses a truncated shard, also one that is truncated later', async () => {
    const index = { weight_map: { a: 'b.safetensors', b: 'b.safetensors' } };
    const path = folderOf({
      'b.safetensors': checkpoint().slice(0, -3),
      'model.safetensors.index.json': index,
    });
    await expect(loadWeights(folderFiles(path))).rejects.toMatchObject({ code: 'bad-file' });
    writeFileSync(join(path, 'b.safetensors'), checkpoint());
    const { tensors } = await loadWeights(folderFiles(path));
    writeFileSync(join(path, 'b.safetensors'), checkpoint().slice(0, -3));
    await expect(tensors.get('a')!.read()).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('reports progress while it verifies checksums', async () => {
    const seen: [number, number | undefined][] = [];
    const { files } = watched(folderOf({ 'model.safetensors': checkpoint() }));
    await loadWeights(files, undefined, (loaded, total) => seen.push([loaded, total]));
    expect(seen).toEqual([[checkpoint().length, checkpoint().length]]);
  });
});

describe('a duplicate of a tied head', () => {
  const head = 40_000 * 64;
  const table = Float32Array.from({ length: head }, (_, i) => i % 1021);
  const shapes = {
    'wte.weight': [40_000, 64],
    'lm_head.weight': [40_000, 64],
    'wpe.weight': [4, 64],
    'h.0.ln_1.weight': [64],
    'h.0.ln_1.bias': [64],
    'h.0.attn.c_attn.weight': [64, 192],
    'h.0.attn.c_attn.bias': [192],
    'h.0.attn.c_proj.weight': [64, 64],
    'h.0.attn.c_proj.bias': [64],
    'h.0.ln_2.weight': [64],
    'h.0.ln_2.bias': [64],
    'h.0.mlp.c_fc.weight': [64, 256],
    'h.0.mlp.c_fc.bias': [256],
    'h.0.mlp.c_proj.weight': [256, 64],
    'h.0.mlp.c_proj.bias': [64],
    'ln_f.weight': [64],
    'ln_f.bias': [64],
  };

  function folderWith(headValues: Float32Array): string {
    const tensors = Object.entries(shapes).map(([name, shape]): NamedTensor => {
      const size = shape.reduce((a, b) => a * b);
      const values = name === 'lm_head.weight' ? headValues : size === head ? table : new Float32Array(size);
      return { name, dtype: 'F32', shape, bytes: bytesOf(values) };
    });
    return folderOf({ 'config.json': classifier, 'model.safetensors': writeSafetensors(tensors) });
  }

  it('is compared completely, in chunks', async () => {
    const { files, ranges } = watched(folderWith(table));
    await loadModel({ ...files, sha256: async () => 'known' });
    expect(Math.max(...ranges.map(([, length]) => length))).toBeLessThan(4 * head);
    const other = table.slice();
    other[head - 1] += 1;
    await expect(loadModel(folderFiles(folderWith(other)))).rejects.toMatchObject({ code: 'bad-file' });
  });
});
