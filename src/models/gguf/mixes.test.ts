import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { folderFiles } from '../../platform/node/folder';
import { ggufTensorBytes } from '../../formats/gguf/tensor';
import { parseGguf } from '../../formats/gguf/parse';
import { readImatrix } from '../../formats/imatrix/imatrix';
import { architectureFor } from '../registry';
import { loadModel } from '../load/load';
import { exportGguf } from './export';
import { fileType, tensorTypes } from './fileTypes';
import { ggufLayout, ggufName } from './layout';

type Types = Record<string, Record<string, string>>;

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown;
/** The types of the quantised tensors in files that llama.cpp v0.5.0 wrote, by model and type of the file. */
const MIXES = readJson('fixtures/gguf/mixes.json') as Record<string, Types>;

/** stories15M differs from stories260K in its shape alone. */
const STORIES_15M = {
  hidden_size: 288,
  intermediate_size: 768,
  num_hidden_layers: 6,
  num_attention_heads: 6,
  num_key_value_heads: 6,
  vocab_size: 32000,
};
const CONFIGS: Record<string, [folder: string, changes: object]> = {
  'gpt2-tinystories': ['gpt2-tinystories', {}],
  stories260K: ['stories260K', {}],
  stories15M: ['stories260K', STORIES_15M],
};
const CASES = Object.entries(MIXES).flatMap(([model, types]) =>
  Object.keys(types).map((type) => [model, type] as const),
);

test.each(CASES)('%s as %s has the tensor types of llama.cpp', (model, type) => {
  const [folder, changes] = CONFIGS[model];
  const config = { ...(readJson(`public/models/${folder}/config.json`) as object), ...changes };
  const shape = architectureFor(config).configure(config);
  const found = Object.fromEntries(
    shape.tensors.map((spec) => [
      ggufName(ggufLayout(shape.architecture), spec),
      tensorTypes(shape, fileType(type)).get(spec.name)!.type,
    ]),
  );
  expect(found).toMatchObject(MIXES[model][type]);
  for (const [name, found_] of Object.entries(found))
    if (!(name in MIXES[model][type])) expect([name, found_]).toEqual([name, 'F32']);
});

describe('stories260K', async () => {
  const model = await loadModel(folderFiles('public/models/stories260K'));
  const digests = readJson('fixtures/gguf/blocks.json') as Record<
    string,
    Record<string, Record<string, [string, string]>>
  >;
  const imatrix = readImatrix(readFileSync('fixtures/gguf/stories260K.imatrix.dat'));

  test.each([
    ['Q4_K_M', undefined, 'stories260K'],
    ['Q4_K_M', { imatrix, file: 'stories260K.imatrix.dat' }, 'stories260K with importance'],
  ])('as %s has the bytes of llama.cpp', async (type, importance, key) => {
    const { bytes, note } = await exportGguf(model, { type: fileType(type), name: 'x', importance });
    expect(note).toMatch(/^No matrix is Q4_K, .* multiple of 256/);
    const file = parseGguf(bytes);
    const compared = file.tensors.filter(({ name, type: block }) => digests[key][block]?.[name]);
    expect(compared).toHaveLength(31);
    for (const tensor of compared) {
      const data = ggufTensorBytes(bytes, file, tensor);
      const hash = createHash('sha256').update(data).digest('hex');
      expect([tensor.name, hash]).toEqual([tensor.name, digests[key][tensor.type][tensor.name][0]]);
    }
    expect(file.metadata.get('quantize.imatrix.chunks_count')?.value).toBe(importance && 413);
    expect(file.metadata.get('quantize.imatrix.entries_count')?.value).toBe(importance && 35);
  });

  test('refuses the importance matrix of another model', async () => {
    const other = readImatrix(readFileSync('fixtures/gguf/gpt2-tinystories.imatrix.dat'));
    const options = {
      type: fileType('Q4_K_M'),
      name: 'x',
      importance: { imatrix: other, file: 'other.dat' },
    };
    const error = await exportGguf(model, options).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).message).toMatch(
      /The importance matrix has \d+ values for blk\..* whose rows have \d+/,
    );
  });
});
