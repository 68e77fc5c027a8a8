import { invariant } from '../base/errors';
import type { PartDtype, PartKind, PartLayout } from '../codecs/contract/parts';
import { codecMeta } from '../codecs/contract/registry';
import { formatCodecFully } from '../codecs/contract/spec';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { codedShape, type AssignedCodec, type Assignment } from './assignment';
import { formatMetadata, type ArtefactMetadata } from './metadata';
import { isInScope, type Recipe, type Rest } from './recipe';

/** One tensor of the safetensors file, before it has values. */
export interface ArtefactEntry {
  /** Name in the file: `<tensor>.<suffix>`, `<tensor>` for rest, `asset/<file>`. */
  name: string;
  dtype: PartDtype;
  shape: readonly number[];
  kind: PartKind | 'asset';
  /** The model's tensor it belongs to; undefined for assets. */
  tensor?: TensorSpec;
  suffix?: string;
}

const REST_DTYPE = { float16: 'F16', float32: 'F32', bfloat16: 'BF16' } as const;
const ELEMENT_BYTES: Record<PartDtype, number> = { U8: 1, I8: 1, F16: 2, BF16: 2, F32: 4, U32: 4, I32: 4 };

/** Bytes of a tensor's encoded parts by suffix. */
export type PartSizes = ReadonlyMap<string, number>;

export const ASSET_PREFIX = 'asset/';

export function entryBytes(entry: Pick<ArtefactEntry, 'dtype' | 'shape'>): number {
  return entry.shape.reduce((n, d) => n * d, 1) * ELEMENT_BYTES[entry.dtype];
}

/**
 * Everything the file holds, in order, with its sizes.
 * @param encoded what each tensor was encoded to, by name; before anything is encoded sizes are exact but for parts of variable length, which count
 * with the most they can have
 */
export function artefactEntries(
  model: Pick<Model, 'shape' | 'assets'>,
  recipe: Recipe,
  assignment: Assignment,
  encoded?: ReadonlyMap<string, PartSizes>,
): ArtefactEntry[] {
  const entries = model.shape.tensors.flatMap((tensor) => {
    const assigned = assignment.get(tensor.name);
    return assigned
      ? codedEntries(tensor, assigned, encoded?.get(tensor.name))
      : [restEntry(tensor, recipe.rest)];
  });
  for (const [name, bytes] of model.assets)
    entries.push({ name: ASSET_PREFIX + name, dtype: 'U8', shape: [bytes.length], kind: 'asset' });
  return entries;
}

function codedEntries(
  tensor: TensorSpec,
  { codec, spec }: AssignedCodec,
  sizes?: PartSizes,
): ArtefactEntry[] {
  return codec
    .layout(codedShape(codec, tensor), spec.options)
    .filter(({ suffix, optional }) => !optional || !sizes || sizes.has(suffix))
    .map((part) => ({
      name: `${tensor.name}.${part.suffix}`,
      dtype: part.dtype,
      shape: storedShape(part, sizes?.get(part.suffix)),
      kind: part.kind,
      tensor,
      suffix: part.suffix,
    }));
}

function storedShape({ variable, shape, dtype }: PartLayout, bytes?: number): readonly number[] {
  return variable && bytes !== undefined ? [bytes / ELEMENT_BYTES[dtype]] : shape;
}

function restEntry(tensor: TensorSpec, rest: Rest): ArtefactEntry {
  const shape = tensor.transposed ? tensor.matrix : tensor.shape;
  return { name: tensor.name, dtype: REST_DTYPE[rest], shape, kind: 'float', tensor };
}

/** The metadata strings of the file. */
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
    model: { id: model.id, source: model.source, revision: model.revision, sha256: model.sha256 },
    config: { ...model.config },
    scope: recipe.scope,
    rest: recipe.rest,
    codecs,
    ...(codecMeta(recipe.spec.id).assigns && { assigned: formatCodecFully(recipe.spec) }),
    ...(codecs.length > 1 && { tensors: indexes }),
  };
  return formatMetadata(metadata);
}
