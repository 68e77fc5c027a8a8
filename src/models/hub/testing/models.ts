import { expect } from 'vitest';
import { KeyedRandom } from '../../../base/random';
import type { ByteSource } from '../../../formats/byteSource';
import type { HubServerModel } from '../../../testing/hubServer';

export const ID = 'someone/small-model';
export const COMMIT = '0123456789abcdef0123456789abcdef01234567';
export const WEIGHTS = 'model.safetensors';

/** Returns random bytes, so that a part in the wrong place is noticed. */
export function noise(length: number, seed = 1): Uint8Array {
  const random = new KeyedRandom(seed);
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => random.nextUint32());
  return new Uint8Array(words.buffer, 0, length);
}

export function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

/** Returns a model in hub layout with extra files. Its content is arbitrary, since downloads do not parse files. */
export function smallModel(files: Record<string, Uint8Array> = {}, bytes = 300_000): HubServerModel {
  const all = {
    'README.md': text('# A model'),
    'config.json': text('{"model_type":"gpt2"}'),
    'onnx/model.onnx': noise(1000, 3),
    'pytorch_model.bin': noise(2000, 4),
    'tokenizer.json': text('{"model":{"type":"BPE"}}'),
    'vocab.json': text('{}'),
    'merges.txt': text(''),
    [WEIGHTS]: noise(bytes),
    ...files,
  };
  return { id: ID, revision: COMMIT, files: new Map(Object.entries(all)) };
}

export async function readAll(source: ByteSource): Promise<Uint8Array> {
  return source.read(0, source.size);
}

/** Compares bytes much faster than toEqual, which compares them one by one. */
export function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.byteLength).toBe(expected.byteLength);
  expect(Buffer.compare(actual, expected)).toBe(0);
}
