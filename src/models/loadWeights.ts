import { sha256Hex } from '../base/checksum';
import { LabError } from '../base/errors';
import type { StoredTensor } from '../formats/safetensors';
import type { FileSource, OnBytes } from './files';
import { parseJsonObject } from './loadJson';
import { torchWeights } from './loadTorch';
import { safetensorsWeights, type WeightsFormat } from './weightsFormat';

/** All tensors of a checkpoint, by the names its files use. */
export interface Weights {
  tensors: ReadonlyMap<string, StoredTensor>;
  /** SHA-256 of the file, or of all shards one after the other in the order of their names. */
  sha256: string;
}

/** In the order they are looked for: where a folder holds both, safetensors is the one that cannot hold code. */
const FORMATS: readonly WeightsFormat[] = [safetensorsWeights, torchWeights];

/**
 * Reads the checkpoint of a folder: one file, or the shards its index names.
 * @throws LabError bad-file, network, limit or unsupported; Cancelled
 */
export async function loadWeights(
  files: FileSource,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Weights> {
  for (const format of FORMATS) {
    if (await files.has(format.single, signal)) {
      const bytes = await files.read(format.single, { signal, onProgress });
      return { tensors: await format.parse(bytes, signal), sha256: await sha256Hex(bytes) };
    }
    if (await files.has(format.index, signal)) return loadShards(format, files, signal, onProgress);
  }
  throw new LabError(
    'unsupported',
    `The model ${files.id} has none of ${FORMATS.flatMap(({ single, index }) => [single, index]).join(', ')}.`,
    'Save it with safetensors: model.save_pretrained(folder, safe_serialization=True).',
  );
}

async function loadShards(
  format: WeightsFormat,
  files: FileSource,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Weights> {
  const map = await weightMap(format, files, signal);
  const names = [...new Set(map.values())].sort();
  const shards = new Map<string, Uint8Array>();
  let before = 0;
  for (const name of names) {
    const bytes = await files.read(name, {
      signal,
      onProgress: (loaded) => onProgress?.(before + loaded, undefined),
    });
    before += bytes.byteLength;
    shards.set(name, bytes);
  }
  const parsed = new Map<string, ReadonlyMap<string, StoredTensor>>();
  for (const [name, bytes] of shards) parsed.set(name, await format.parse(bytes, signal));
  const tensors = new Map(
    [...map].map(([tensor, shard]) => [tensor, inShard(format, parsed, tensor, shard)]),
  );
  return { tensors, sha256: await sha256Hex(...shards.values()) };
}

/** `weight_map`: tensor → file, both from a hostile file. */
async function weightMap(
  { index, part }: WeightsFormat,
  files: FileSource,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const map = parseJsonObject(index, await files.read(index, { signal })).weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw badIndex(index, 'it has no weight_map object');
  const entries = Object.entries(map as Record<string, unknown>);
  for (const [tensor, shard] of entries)
    if (typeof shard !== 'string' || !part.test(shard))
      throw badIndex(index, `weight_map sends ${JSON.stringify(tensor)} to no file of this folder`);
  return new Map(entries as [string, string][]);
}

function inShard(
  { index }: WeightsFormat,
  shards: ReadonlyMap<string, ReadonlyMap<string, StoredTensor>>,
  tensor: string,
  shard: string,
): StoredTensor {
  const found = shards.get(shard)?.get(tensor);
  if (!found) throw badIndex(index, `it says ${JSON.stringify(tensor)} is in ${shard}, but it is not`);
  return found;
}

function badIndex(index: string, why: string): LabError {
  return new LabError('bad-file', `${index} is not valid: ${why}.`, 'Download or export the model again.');
}
