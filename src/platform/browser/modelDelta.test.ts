import { expect, test } from 'vitest';
import { bytesSource } from '../../formats/byteSource';
import { writeSafetensors, type NamedTensor } from '../../formats/safetensors/write';
import { openModelDelta, restoreTensor } from '../../delta/apply';
import { openModelFolder } from '../../delta/modelFolder';
import type { FileSource } from '../../models/load/files';
import { makeBlobDelta } from './modelDelta';

const NAMES = ['a', 'b', 'c'];
const base = NAMES.map((name, i) => tensor(name, i, 0));
const tuned = NAMES.map((name, i) => tensor(name, i, 0.25));

function tensor(name: string, first: number, step: number): NamedTensor {
  const values = Float32Array.from({ length: 60 }, (_, i) => first + i / 7 + (i % 4 ? 0 : step));
  return { name, dtype: 'F32', shape: [6, 10], bytes: new Uint8Array(values.buffer) };
}

let reads = 0;

function files(id: string, tensors: readonly NamedTensor[]): FileSource {
  const weights = writeSafetensors(tensors);
  const source = bytesSource(weights);
  return {
    id,
    source: 'local',
    revision: 'local',
    has: async (name) => name === 'model.safetensors',
    read: async () => weights,
    open: async () => ({
      size: source.size,
      read(offset, length) {
        reads++;
        return source.read(offset, length);
      },
    }),
  };
}

const models = { base: files('base', base), tuned: files('tuned', tuned) };
const choice = { exact: true, maxError: 0, seed: 1 };

/** Makes the delta and counts how often the models' files are read for it. */
async function made() {
  reads = 0;
  return { ...(await makeBlobDelta(models, choice, {})), reads };
}

test('a delta made in the browser restores the fine-tuned model, and a stopped one is continued', async () => {
  const controller = new AbortController();
  const onProgress = (_: number, step: string) => step === 'b' && controller.abort();
  const stopped = makeBlobDelta(models, choice, { signal: controller.signal, onProgress });
  await expect(stopped).rejects.toThrow('Stopped');
  const continued = await made();
  const whole = await made();
  // Tensors a and b of both models are not read again for encoding.
  expect(whole.reads - continued.reads).toBe(4);
  const bytes = new Uint8Array(await continued.content.arrayBuffer());
  expect(continued.bytes).toBe(bytes.length);
  expect(new Uint8Array(await whole.content.arrayBuffer())).toEqual(bytes);

  const delta = await openModelDelta(bytesSource(bytes));
  const { tensors } = await openModelFolder(models.base);
  for (const { name, bytes: wanted } of tuned)
    expect(await restoreTensor(delta, name, tensors), name).toEqual(wanted);
});
