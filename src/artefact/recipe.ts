import type { Codec, CodecSpec, PartKind, PartDtype } from '../codecs/codec';
import { formatCodecFully } from '../codecs/spec';
import { ALL_ROLES, LINEAR_ROLES, type ModelShape, type TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { formatMetadata, type ArtefactMetadata } from './metadata';

/** Which tensors are coded: `linear` = attention and MLP matrices; `all` adds every other matrix. */
export type Scope = 'linear' | 'all';
/** How everything a scope leaves out is stored. */
export type Rest = 'float16' | 'float32' | 'bfloat16';

/** How a whole model is compressed. */
export interface Recipe {
  spec: CodecSpec;
  scope: Scope;
  rest: Rest;
}

/** One tensor of the safetensors file, before it has values. */
export interface Entry {
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

export const ASSET_PREFIX = 'asset/';

export function isCoded(tensor: TensorSpec, scope: Scope): boolean {
  return (scope === 'all' ? ALL_ROLES : LINEAR_ROLES).has(tensor.role);
}

export function entryBytes(entry: Pick<Entry, 'dtype' | 'shape'>): number {
  return entry.shape.reduce((n, d) => n * d, 1) * ELEMENT_BYTES[entry.dtype];
}

/** Everything the file will hold, in order, with exact sizes: known before anything is encoded. */
export function artefactEntries(
  model: Pick<Model, 'shape' | 'assets'>,
  recipe: Recipe,
  codec: Codec,
): Entry[] {
  const entries = model.shape.tensors.flatMap((tensor) =>
    isCoded(tensor, recipe.scope) ? codedEntries(tensor, recipe, codec) : [restEntry(tensor, recipe.rest)],
  );
  for (const [name, bytes] of model.assets)
    entries.push({ name: ASSET_PREFIX + name, dtype: 'U8', shape: [bytes.length], kind: 'asset' });
  return entries;
}

function codedEntries(tensor: TensorSpec, recipe: Recipe, codec: Codec): Entry[] {
  return codec.layout(tensor.matrix, recipe.spec.options).map((part) => ({
    name: `${tensor.name}.${part.suffix}`,
    dtype: part.dtype,
    shape: part.shape,
    kind: part.kind,
    tensor,
    suffix: part.suffix,
  }));
}

function restEntry(tensor: TensorSpec, rest: Rest): Entry {
  const shape = tensor.transposed ? tensor.matrix : tensor.shape;
  return { name: tensor.name, dtype: REST_DTYPE[rest], shape, kind: 'float', tensor };
}

/** The metadata strings of the file. */
export function artefactMetadata(model: Model, recipe: Recipe): Record<string, string> {
  const coded = model.shape.tensors.filter((t) => isCoded(t, recipe.scope));
  const metadata: ArtefactMetadata = {
    version: 1,
    model: { id: model.id, source: model.source, revision: model.revision, sha256: model.sha256 },
    config: { ...model.config },
    scope: recipe.scope,
    rest: recipe.rest,
    codecs: [formatCodecFully(recipe.spec)],
    tensors: Object.fromEntries(coded.map((t) => [t.name, 0])),
    transposed: model.shape.tensors.filter((t) => t.transposed).map((t) => t.name),
    assets: [...model.assets.keys()],
  };
  return formatMetadata(metadata);
}

/** Number of weights the scope codes. */
export function codedParameters(shape: ModelShape, scope: Scope): number {
  return shape.tensors
    .filter((t) => isCoded(t, scope))
    .reduce((sum, t) => sum + t.matrix[0] * t.matrix[1], 0);
}
