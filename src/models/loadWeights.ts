import { sha256Hex } from '../base/checksum';
import { LabError } from '../base/errors';
import { parseSafetensors, type StoredTensor } from '../formats/safetensors';
import type { FileSource, OnBytes } from './files';
import { parseJsonObject } from './loadJson';

/** All tensors of a checkpoint, by the names its files use. */
export interface Weights {
  tensors: ReadonlyMap<string, StoredTensor>;
  /** SHA-256 of the file, or of all shards one after the other in the order of their names. */
  sha256: string;
}

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/**
 * Reads `model.safetensors`, or the shards its index names.
 * @throws LabError bad-file, network or unsupported; Cancelled
 */
export async function loadWeights(
  files: FileSource,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Weights> {
  if (await files.has(SINGLE, signal)) {
    const bytes = await files.read(SINGLE, { signal, onProgress });
    return { tensors: parseSafetensors(bytes).tensors, sha256: await sha256Hex(bytes) };
  }
  if (await files.has(INDEX, signal)) return loadShards(files, signal, onProgress);
  throw new LabError(
    'unsupported',
    `The model ${files.id} has neither ${SINGLE} nor ${INDEX}.`,
    'Save it with safetensors: model.save_pretrained(folder, safe_serialization=True).',
  );
}

async function loadShards(files: FileSource, signal?: AbortSignal, onProgress?: OnBytes): Promise<Weights> {
  const map = weightMap(parseJsonObject(INDEX, await files.read(INDEX, { signal })));
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
  const parsed = new Map([...shards].map(([name, bytes]) => [name, parseSafetensors(bytes).tensors]));
  const tensors = new Map([...map].map(([tensor, shard]) => [tensor, inShard(parsed, tensor, shard)]));
  return { tensors, sha256: await sha256Hex(...shards.values()) };
}

/** `weight_map`: tensor → file, both from a hostile file. */
function weightMap(index: Record<string, unknown>): Map<string, string> {
  const map = index.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw badIndex('it has no weight_map object');
  const entries = Object.entries(map as Record<string, unknown>);
  for (const [tensor, shard] of entries)
    if (typeof shard !== 'string' || !/^[\w.-]+\.safetensors$/.test(shard))
      throw badIndex(`weight_map sends ${JSON.stringify(tensor)} to no file of this folder`);
  return new Map(entries as [string, string][]);
}

function inShard(
  shards: ReadonlyMap<string, ReadonlyMap<string, StoredTensor>>,
  tensor: string,
  shard: string,
): StoredTensor {
  const found = shards.get(shard)?.get(tensor);
  if (!found) throw badIndex(`it says ${JSON.stringify(tensor)} is in ${shard}, but it is not`);
  return found;
}

function badIndex(why: string): LabError {
  return new LabError('bad-file', `${INDEX} is not valid: ${why}.`, 'Download or export the model again.');
}
