import { safetensorsHeaderBytes } from '../formats/safetensors';
import type { Model } from '../models/model';
import { uniformAssignment } from './assignment';
import { artefactEntries, artefactMetadata, entryBytes, type ArtefactEntry } from './entries';
import { codedParameters, isInScope, type Recipe } from './recipe';

/** The record's `size`. Parts and assets add up to the file. */
export interface ArtefactSize {
  totalBytes: number;
  assetBytes: number;
  bitsPerWeight: number;
  bitsPerCodedWeight: number;
  ratioFloat32: number;
  ratioFloat16: number;
  parts: { codes: number; scales: number; codebooks: number; tables: number; float: number; header: number };
}

/**
 * Exact size of the file `writeArtefact` would write, without encoding, for a codec whose parts have fixed sizes (with
 * entropy-coded parts: the most it can have): the search for an opponent at equal bytes costs no GPU work.
 */
export async function predictSize(model: Model, recipe: Recipe): Promise<ArtefactSize> {
  const assignment = await uniformAssignment(model.shape, recipe);
  const entries = artefactEntries(model, recipe, assignment);
  const header = safetensorsHeaderBytes(entries, artefactMetadata(model, recipe, assignment));
  return artefactSize(model, recipe, entries, header);
}

/**
 * Bits and ratios from what the file holds. bitsPerWeight = 8 × (file − assets) ÷ parameters; bitsPerCodedWeight counts
 * coded tensors and their parts only; ratios are 4P or 2P bytes ÷ (file − assets), never clamped.
 */
export function artefactSize(
  model: Model,
  recipe: Recipe,
  entries: readonly ArtefactEntry[],
  header: number,
): ArtefactSize {
  const parts = { codes: 0, scales: 0, codebooks: 0, tables: 0, float: 0, header };
  let assetBytes = 0;
  let codedBytes = 0;
  for (const entry of entries) {
    const bytes = entryBytes(entry);
    if (entry.kind === 'asset') assetBytes += bytes;
    else parts[entry.kind] += bytes;
    if (entry.tensor && isInScope(entry.tensor, recipe.scope)) codedBytes += bytes;
  }
  const counted = Object.values(parts).reduce((a, b) => a + b, 0);
  const parameters = model.shape.parameters;
  return {
    totalBytes: counted + assetBytes,
    assetBytes,
    bitsPerWeight: (8 * counted) / parameters,
    bitsPerCodedWeight: (8 * codedBytes) / codedParameters(model.shape, recipe.scope),
    ratioFloat32: (4 * parameters) / counted,
    ratioFloat16: (2 * parameters) / counted,
    parts,
  };
}
