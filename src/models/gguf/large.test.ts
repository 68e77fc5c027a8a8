import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ByteSource } from '../../formats/byteSource';
import { parseGguf } from '../../formats/gguf/parse';
import { ggufTensorBytes } from '../../formats/gguf/tensor';
import { exportGguf } from './export';
import { fileType } from './fileTypes';
import { importGguf } from './import';
import { TINY_LLAMA, tinyModel } from './testing/tinyModel';
import { openLocal } from '../../platform/node/localFile';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-gguf-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The space between the tensors of the large file. */
const GAP = 256 * 2 ** 20;

/** Writes a GGUF file with holes between its tensors, which take no space on disk. */
async function writeSparse(path: string, bytes: Uint8Array): Promise<number> {
  const file = parseGguf(bytes);
  const header = bytes.slice(0, file.dataStart);
  const view = new DataView(header.buffer);
  const handle = await open(path, 'w');
  let end = 0;
  for (const [i, tensor] of file.tensors.entries()) {
    // After the name stand the number of dimensions, each of them, the type, and the offset.
    const name = Buffer.from(header).lastIndexOf(tensor.name);
    view.setBigUint64(name + tensor.name.length + 4 + 8 * tensor.dims.length + 4, BigInt(i * GAP), true);
    const at = file.dataStart + i * GAP;
    await handle.write(ggufTensorBytes(bytes, file, tensor), 0, tensor.byteLength, at);
    end = at + tensor.byteLength;
  }
  await handle.write(header, 0, header.length, 0);
  await handle.close();
  return end;
}

/** Returns the source, and the sizes of its reads. */
function observed(source: ByteSource) {
  const reads: number[] = [];
  const read = (offset: number, length: number) => {
    reads.push(length);
    return source.read(offset, length);
  };
  return { reads, source: { ...source, read } };
}

test('a file of more than 2 GiB is read by range, tensor by tensor', async () => {
  const source = tinyModel(TINY_LLAMA);
  const { bytes } = await exportGguf(source, { type: fileType('F32'), name: 'tiny' });
  const path = join(folder, 'large.gguf');
  const size = await writeSparse(path, bytes);
  expect(size).toBeGreaterThan(2 ** 32);
  const large = observed(await openLocal(path));
  // Its checksum is given, since it takes many seconds.
  const model = await importGguf(large.source, 'large.gguf', { sha256: 'known' });
  for (const spec of model.shape.tensors)
    expect([spec.name, await model.tensor(spec)]).toEqual([spec.name, await source.tensor(spec)]);
  expect(Math.max(...large.reads)).toBeLessThanOrEqual(2 ** 20);
  expect((await model.stored!()).fileBytes).toBe(size);
});
