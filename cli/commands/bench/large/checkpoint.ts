import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../../../src/base/errors';
import { KeyedRandom } from '../../../../src/base/random';
import type { TensorLayout } from '../../../../src/formats/dtypes';
import { layOutSafetensors } from '../../../../src/formats/safetensors/write';
import type { ModelShape } from '../../../../src/models/architecture';
import { architectureFor } from '../../../../src/models/registry';
import { guarded } from '../../../../src/platform/node/writeFile';

/** Numbers that are drawn; tensors take them from a place of their own, again and again. */
const TABLE = 1 << 20;
/** Of trained weights, about. */
const DEVIATION = 0.02;

/**
 * Writes a checkpoint of generated float32 weights in hub layout (config.json, model.safetensors), a few MiB in memory at a time. Equal
 * seeds give equal files. The weights are normal numbers that repeat after 2²⁰, which no codec here looks far enough to see.
 * @returns its shape and the bytes of model.safetensors
 * @throws LabError storage; Cancelled. What was written stays.
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
    const file = await open(join(folder, 'model.safetensors'), 'w');
    try {
      return { shape, bytes: await writeTensors(file, layouts, seed, signal) };
    } finally {
      await file.close();
    }
  });
}

/** @returns bytes written */
async function writeTensors(
  file: FileHandle,
  layouts: readonly TensorLayout[],
  seed: number,
  signal?: AbortSignal,
): Promise<number> {
  const { head, ordered } = layOutSafetensors(layouts);
  const table = normals(seed);
  await file.writeFile(head);
  let bytes = head.byteLength;
  for (const [i, { shape }] of ordered.entries()) {
    const elements = shape.reduce((product, n) => product * n, 1);
    let from = new KeyedRandom(seed, i + 1).nextUint32() % TABLE;
    for (let left = elements; left > 0;) {
      throwIfAborted(signal);
      const count = Math.min(left, TABLE - from);
      // A file handle's writeFile goes on where the last one ended.
      await file.writeFile(new Uint8Array(table.buffer, 4 * from, 4 * count));
      left -= count;
      from = 0;
    }
    bytes += 4 * elements;
  }
  return bytes;
}

function normals(seed: number): Float32Array<ArrayBuffer> {
  const random = new KeyedRandom(seed);
  return Float32Array.from({ length: TABLE }, () => DEVIATION * random.nextNormal());
}
