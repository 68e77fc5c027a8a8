import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { loadModel } from '../../models/load/load';
import { exportGguf } from '../../models/gguf/export';
import { fileType } from '../../models/gguf/fileTypes';
import { readImatrix } from '../imatrix/imatrix';
import { blockType } from './blockTypes';
import { parseGguf } from './parse';
import { decodeGgufTensor, ggufTensorBytes } from './tensor';

type Digests = Record<string, Record<string, [stored: string, decoded: string]>>;

/** SHA-256 of the bytes and of the decoded values of tensors, from files that llama.cpp wrote (fixtures/README.md). */
const EXPECTED = JSON.parse(readFileSync('fixtures/gguf/blocks.json', 'utf8')) as Record<string, Digests>;

const sha256 = (values: ArrayBufferView) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

/** Returns the tensors of an embedded model in float32, by their names in GGUF files. */
async function tensorsOf(id: string): Promise<Map<string, Float32Array>> {
  const model = await loadModel(folderFiles(`public/models/${id}`));
  const { bytes } = await exportGguf(model, { type: fileType('F32'), name: id });
  const file = parseGguf(bytes);
  return new Map(
    file.tensors.map((tensor) => [
      tensor.name,
      decodeGgufTensor(tensor, ggufTensorBytes(bytes, file, tensor)),
    ]),
  );
}

describe.each(['gpt2-tinystories', 'stories260K'])('%s has the bytes of llama.cpp', async (id) => {
  const tensors = await tensorsOf(id);
  const imatrix = readImatrix(readFileSync(`fixtures/gguf/${id}.imatrix.dat`));

  test.each(Object.entries(EXPECTED[id]))('%s', (type, digests) => {
    for (const [name, digest] of Object.entries(digests)) {
      const bytes = blockType(type).encode(tensors.get(name)!);
      expect([name, sha256(bytes), sha256(blockType(type).decode(bytes))]).toEqual([name, ...digest]);
    }
  });

  test.each(Object.entries(EXPECTED[`${id} with importance`]))(
    '%s with an importance matrix',
    (type, digests) => {
      for (const [name, [stored]] of Object.entries(digests)) {
        const columns = imatrix.entries.get(name)?.meanSquares;
        const bytes = blockType(type).encode(tensors.get(name)!, columns && { columns });
        expect([name, sha256(bytes)]).toEqual([name, stored]);
      }
    },
  );
});
