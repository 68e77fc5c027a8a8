import { expect, test } from 'vitest';
import { blockType } from '../../formats/gguf/blockTypes';
import { parseGguf } from '../../formats/gguf/parse';
import { ggufTensorBytes } from '../../formats/gguf/tensor';
import { folderFiles } from '../../platform/node/folder';
import type { Exportable, GgufBlocks } from '../load/export';
import { loadModel } from '../load/load';
import { exportGguf } from './export';
import { fileType, tensorTypes } from './fileTypes';
import { quantizeArguments } from './recipe';

const modelOf = (id: string) => loadModel(folderFiles(`public/models/${id}`));
const FLOATS = ['F32', 'F16'];

/** Returns a model that stores its matrices in the blocks of a file type, with rows in canonical order. */
async function inBlocks(id: string, type: string): Promise<Exportable> {
  const model = await modelOf(id);
  const blocks = new Map<string, GgufBlocks>();
  for (const spec of model.shape.tensors) {
    const { type: block } = tensorTypes(model.shape, fileType(type)).get(spec.name)!;
    if (FLOATS.includes(block)) continue;
    blocks.set(spec.name, { type: block, bytes: blockType(block).encode(await model.tensor(spec)) });
  }
  return { ...model, ggufBlocks: async ({ name }) => blocks.get(name) };
}

/** Returns type and bytes of every tensor of a file that is stored in blocks, by its name. */
function blocksOf(bytes: Uint8Array) {
  const file = parseGguf(bytes);
  const quantised = file.tensors.filter(({ type }) => !FLOATS.includes(type));
  return new Map(
    quantised.map((tensor) => [tensor.name, [tensor.type, ggufTensorBytes(bytes, file, tensor)]]),
  );
}

test.each([
  ['gpt2-tinystories', 'Q4_0', 2],
  // Rows of queries and keys are in another order in the file.
  ['stories260K', 'Q5_0', 8],
])('the blocks of %s are written as they are, as %s', async (id, type, number) => {
  const stored = await exportGguf(await inBlocks(id, type), { type: fileType('STORED'), name: id });
  const rounded = await exportGguf(await modelOf(id), { type: fileType(type), name: id });
  expect(blocksOf(stored.bytes)).toEqual(blocksOf(rounded.bytes));
  expect(stored.relativeL2).toBeLessThan(1e-3);
  expect(parseGguf(stored.bytes).metadata.get('general.file_type')!.value).toBe(number);
});

test('a model without blocks is refused', async () => {
  const failure = exportGguf(await modelOf('stories260K'), { type: fileType('stored'), name: 'x' });
  await expect(failure).rejects.toThrow('there are none here');
});

test('the arguments of llama-quantize name every quantised matrix', () => {
  const types = new Map([
    ['token_embd.weight', 'Q6_K'],
    ['position_embd.weight', 'F32'],
    ['blk.0.attn_qkv.weight', 'Q5_K'],
    ['blk.10.ffn_up.weight', 'IQ4_XS'],
  ]);
  expect(quantizeArguments(types)).toEqual([
    ...['--token-embedding-type', 'q6_k', '--output-tensor-type', 'q6_k'],
    ...['--tensor-type', 'blk\\.0\\.attn_qkv\\.weight=q5_k'],
    ...['--tensor-type', 'blk\\.10\\.ffn_up\\.weight=iq4_xs'],
  ]);
  const withHead = new Map([
    ['token_embd.weight', 'Q4_0'],
    ['output.weight', 'Q8_0'],
  ]);
  expect(quantizeArguments(withHead)).toEqual([
    ...['--token-embedding-type', 'q4_0', '--output-tensor-type', 'q8_0'],
  ]);
});
