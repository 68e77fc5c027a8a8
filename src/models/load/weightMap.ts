import { LabError } from '../../base/errors';
import { parseJsonObject } from './loadJson';
import type { WeightsFormat } from './weightsFormat';

/**
 * `weight_map` of a checkpoint's index: tensor → file, both from a hostile file.
 * @throws LabError bad-file where it names anything but files beside it
 */
export function parseWeightMap({ index, part }: WeightsFormat, bytes: Uint8Array): Map<string, string> {
  const map = parseJsonObject(index, bytes).weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw badIndex(index, 'it has no weight_map object');
  const entries = Object.entries(map as Record<string, unknown>);
  for (const [tensor, shard] of entries)
    if (typeof shard !== 'string' || !part.test(shard))
      throw badIndex(index, `weight_map sends ${JSON.stringify(tensor)} to no file of this folder`);
  return new Map(entries as [string, string][]);
}

/** @param why completes "… is not valid:" */
export function badIndex(index: string, why: string): LabError {
  return new LabError('bad-file', `${index} is not valid: ${why}.`, 'Download or export the model again.');
}
