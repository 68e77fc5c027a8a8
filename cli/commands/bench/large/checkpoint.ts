import { copyFile, mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../../../src/base/errors';
import { KeyedRandom } from '../../../../src/base/random';
import type { TensorLayout } from '../../../../src/formats/dtypes';
import { layOutSafetensors } from '../../../../src/formats/safetensors/write';
import type { ModelShape } from '../../../../src/models/architecture';
import { architectureFor } from '../../../../src/models/registry';
import { publicFolder } from '../../../../src/platform/node/paths';
import { guarded } from '../../../../src/platform/node/writeFile';

/** A tokenizer whose ids are in the vocabulary of every model here. */
const TOKENIZER = publicFolder('models/gpt2-tinystories');
const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json'];
/** Length of the table of random numbers. Each tensor reads it cyclically, from an offset of its own. */
const TABLE_LENGTH = 1 << 20;
/** Standard deviation of the weights, close to that of trained ones. */
const STANDARD_DEVIATION = 0.02;

/**
 * Writes a checkpoint of generated float32 weights in hub layout (config.json, a small tokenizer, model.safetensors) with a few MiB in
 * memory at a time. Equal seeds give equal files. The weights are normally distributed and repeat after 2²⁰ values, a longer period than any
 * codec here can exploit.
 * @returns the shape, and the size of model.safetensors in bytes
 * @throws LabError storage; Cancelled. Files already written are left behind.
 */
export async function writeGeneratedCheckpoint(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  seed: number,
  signal?: AbortSignal,
): Promise<{ shape: ModelShape; bytes: number }> {
  const shape = architectureFor(config).configure(config);
  const layouts = shape.tensors.map(({ name, shape }): TensorLayout => ({ name, dtype: 'F32', shape }));
  return guarded(folder, async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    for (const name of TOKENIZER_FILES) await copyFile(join(TOKENIZER, name), join(folder, name));
    const file = await open(join(folder, 'model.safetensors'), 'w');
    try {
      return { shape, bytes: await writeTensors(file, layouts, seed, signal) };
    } finally {
      await file.close();
    }
  });
}

/** Writes the header and all tensors. @returns the number of bytes written */
async function writeTensors(
  file: FileHandle,
  layouts: readonly TensorLayout[],
  seed: number,
  signal?: AbortSignal,
): Promise<number> {
  const { head, ordered } = layOutSafetensors(layouts);
  const table = normalTable(seed);
  await file.writeFile(head);
  let bytes = head.byteLength;
  for (const [i, { shape }] of ordered.entries()) {
    const elements = shape.reduce((product, n) => product * n, 1);
    let from = new KeyedRandom(seed, i + 1).nextUint32() % TABLE_LENGTH;
    for (let left = elements; left > 0;) {
      throwIfAborted(signal);
      const count = Math.min(left, TABLE_LENGTH - from);
      // On a file handle, writeFile continues at the current position.
      await file.writeFile(new Uint8Array(table.buffer, 4 * from, 4 * count));
      left -= count;
      from = 0;
    }
    bytes += 4 * elements;
  }
  return bytes;
}

function normalTable(seed: number): Float32Array<ArrayBuffer> {
  const random = new KeyedRandom(seed);
  return Float32Array.from({ length: TABLE_LENGTH }, () => STANDARD_DEVIATION * random.nextNormal());
}
