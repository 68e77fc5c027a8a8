import { invariant } from '../base/errors';
import type { PartKind, PartLayout } from '../codecs/contract/parts';
import { codecMeta, needsBase } from '../codecs/contract/registry';
import { formatCodecFully } from '../codecs/contract/spec';
import { rawTensorBytes, type TensorLayout } from '../formats/dtypes';
import { safetensorsHeaderBytes } from '../formats/safetensors/write';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { codedShape, uniformAssignment, type AssignedCodec, type Assignment } from './assignment';
import { formatMetadata, type ArtefactMetadata, type ModelOrigin } from './metadata';
import { codedParameters, isInScope, type Recipe, type Rest } from './recipe';

/** One tensor of the artefact's file, named `<tensor>.<suffix>`, `<tensor>` for rest, or `asset/<file>`. */
export interface ArtefactEntry extends TensorLayout {
  kind: PartKind | 'asset';
  /** The model's tensor it belongs to; undefined for assets. */
  tensor?: TensorSpec;
}

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

const REST_DTYPE = { float16: 'F16', float32: 'F32', bfloat16: 'BF16' } as const;

export const ASSET_PREFIX = 'asset/';

/** The name in the file of one part of a coded tensor. */
export function partName(tensor: TensorSpec, suffix: string): string {
  return `${tensor.name}.${suffix}`;
}

/**
 * Lists everything the file holds, in order, with its sizes.
 * @param encoded bytes of each encoded part, by its name in the file. If absent, a part of variable length counts with the most
 * bytes it can have; all other sizes are exact.
 */
export function artefactEntries(
  model: Pick<Model, 'shape' | 'assets'>,
  recipe: Recipe,
  assignment: Assignment,
  encoded?: ReadonlyMap<string, number>,
): ArtefactEntry[] {
  const entries = model.shape.tensors.flatMap((tensor) => {
    const assigned = assignment.get(tensor.name);
    return assigned ? codedEntries(tensor, assigned, encoded) : [restEntry(tensor, recipe.rest)];
  });
  for (const [name, bytes] of model.assets)
    entries.push({ name: ASSET_PREFIX + name, dtype: 'U8', shape: [bytes.length], kind: 'asset' });
  return entries;
}

function codedEntries(
  tensor: TensorSpec,
  { codec, spec }: AssignedCodec,
  encoded?: ReadonlyMap<string, number>,
): ArtefactEntry[] {
  return codec.layout(codedShape(codec, tensor), spec.options).flatMap((part) => {
    const name = partName(tensor, part.suffix);
    if (part.optional && encoded && !encoded.has(name)) return [];
    const { dtype, kind } = part;
    return [{ name, dtype, shape: storedShape(part, encoded?.get(name)), kind, tensor }];
  });
}

function storedShape({ variable, shape, dtype }: PartLayout, bytes?: number): readonly number[] {
  return variable && bytes !== undefined ? [bytes / rawTensorBytes(dtype, [1])] : shape;
}

function restEntry(tensor: TensorSpec, rest: Rest): ArtefactEntry {
  const shape = tensor.transposed ? tensor.matrix : tensor.shape;
  return { name: tensor.name, dtype: REST_DTYPE[rest], shape, kind: 'float', tensor };
}

/** Makes the metadata strings of the file. */
export function artefactMetadata(
  model: Model,
  recipe: Recipe,
  assignment: Assignment,
): Record<string, string> {
  const codecs = [...new Set([...assignment.values()].map(({ spec }) => formatCodecFully(spec)))];
  const indexes = model.shape.tensors
    .filter((tensor) => isInScope(tensor, recipe.scope))
    .map(({ name }) => codecs.indexOf(formatCodecFully(assignment.get(name)!.spec)));
  invariant(indexes.length === assignment.size, 'a tensor outside the scope has a codec');
  const metadata: ArtefactMetadata = {
    model: modelOrigin(model),
    ...(recipe.base && needsBase(recipe.spec) && { base: modelOrigin(recipe.base) }),
    config: { ...model.config },
    scope: recipe.scope,
    rest: recipe.rest,
    codecs,
    ...(codecMeta(recipe.spec.id).assigns && { assigned: formatCodecFully(recipe.spec) }),
    ...(codecs.length > 1 && { tensors: indexes }),
  };
  return formatMetadata(metadata);
}

/** Returns how files and records name a model. */
export function modelOrigin({ id, source, revision, sha256 }: Model): ModelOrigin {
  return { id, source, revision, sha256 };
}

/**
 * Computes the size of the file that `compress` would write, without encoding, so that the search for an opponent needs no GPU
 * work. It is exact for parts of fixed size; a part of variable length counts with the most bytes it can have.
 */
export async function predictSize(model: Model, recipe: Recipe): Promise<ArtefactSize> {
  const assignment = await uniformAssignment(model.shape, recipe);
  const entries = artefactEntries(model, recipe, assignment);
  const header = safetensorsHeaderBytes(entries, artefactMetadata(model, recipe, assignment));
  return artefactSize(model, recipe, entries, header);
}

/**
 * Computes bits and ratios from the entries of a file. bitsPerWeight = 8 × (file − assets) ÷ parameters;
 * bitsPerCodedWeight counts coded tensors and their parts only; ratios are 4P or 2P bytes ÷ (file − assets), never
 * clamped.
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
  for (const { kind, dtype, shape, tensor } of entries) {
    const bytes = rawTensorBytes(dtype, shape);
    if (kind === 'asset') assetBytes += bytes;
    else parts[kind] += bytes;
    if (tensor && isInScope(tensor, recipe.scope)) codedBytes += bytes;
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
