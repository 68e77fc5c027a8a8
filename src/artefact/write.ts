import { LabError } from '../base/errors';
import { floatsToBfloat16s, floatsToHalves } from '../base/float16';
import { codecMeta } from '../codecs/registry';
import { writeSafetensors } from '../formats/safetensors';
import type { Gpu } from '../gpu/gpu';
import type { Model } from '../models/model';
import { chooseCodecs, type AssignOptions } from './assign';
import { uniformAssignment, type Assignment } from './assignment';
import { encodeModel, type EncodedModel, type EncodeOptions } from './encodeModel';
import { ASSET_PREFIX, artefactEntries, artefactMetadata, entryBytes, type Entry } from './entries';
import type { Recipe, Rest } from './recipe';
import { summarise, type ArtefactSize } from './sizes';

/** Exponent bits, all set in infinities and NaN alone. */
const INFINITE_EXPONENT = { float16: 0x7c00, bfloat16: 0x7f80 } as const;

export type WriteOptions = EncodeOptions & AssignOptions;

export interface WrittenArtefact {
  /** The file, exactly as it goes to disk. */
  bytes: Uint8Array;
  size: ArtefactSize;
  /** Wall-clock time spent in the codecs, and in carrying calibration data through the model. */
  encodeMs: number;
  calibrateMs: number;
  /** Tensors stored as W·diag(s) because the norm before them was divided by s: s by tensor name. */
  columnScales: ReadonlyMap<string, Float32Array>;
}

/**
 * Compresses a model into one artefact file, a safetensors file.
 * @throws LabError naming the tensor for values a codec or `rest` cannot hold; Cancelled
 */
export async function writeArtefact(
  gpu: Gpu,
  model: Model,
  recipe: Recipe,
  options: WriteOptions,
): Promise<WrittenArtefact> {
  const assignment = codecMeta(recipe.spec.id).assigns
    ? await chooseCodecs(gpu, model, recipe, options)
    : await uniformAssignment(model.shape, recipe);
  const encoded = await encodeModel(gpu, model, assignment, options);
  const { encodeMs, calibrateMs, columnScales } = encoded;
  return { ...(await assemble(model, recipe, assignment, encoded)), encodeMs, calibrateMs, columnScales };
}

async function assemble(
  model: Model,
  recipe: Recipe,
  assignment: Assignment,
  { parts, replaced }: EncodedModel,
): Promise<Pick<WrittenArtefact, 'bytes' | 'size'>> {
  const values = new Map<string, Uint8Array>();
  for (const [name, bytes] of model.assets) values.set(ASSET_PREFIX + name, bytes);
  for (const [name, stored] of parts)
    for (const [suffix, bytes] of stored) values.set(`${name}.${suffix}`, bytes);
  for (const tensor of model.shape.tensors)
    if (!assignment.has(tensor.name))
      values.set(
        tensor.name,
        encodeRest(tensor.name, replaced.get(tensor.name) ?? (await model.tensor(tensor)), recipe.rest),
      );
  const entries = artefactEntries(model, recipe, assignment, parts);
  const tensors = entries.map((entry) => ({ ...entry, bytes: checked(entry, values) }));
  const bytes = writeSafetensors(tensors, artefactMetadata(model, recipe, assignment));
  const data = entries.reduce((sum, e) => sum + entryBytes(e), 0);
  return { bytes, size: summarise(model, recipe, entries, bytes.length - data) };
}

/** Stores an uncoded tensor in the rest's float type, rounding half to even. */
function encodeRest(name: string, values: Float32Array, rest: Rest): Uint8Array {
  if (rest === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  const bits = rest === 'float16' ? floatsToHalves(values) : floatsToBfloat16s(values);
  const infinite = INFINITE_EXPONENT[rest];
  const over = bits.findIndex((word) => (word & infinite) === infinite);
  if (over >= 0) throw overflow(name, values[over], rest);
  return new Uint8Array(bits.buffer);
}

function overflow(name: string, value: number, rest: Rest): LabError {
  return new LabError(
    'bad-input',
    `${name} holds ${value}, which ${rest} cannot store.`,
    rest === 'float16'
      ? 'Store uncoded tensors as float32 or bfloat16 (--rest bfloat16).'
      : 'Store uncoded tensors as float32 (--rest float32).',
  );
}

function checked(entry: Entry, values: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bytes = values.get(entry.name);
  if (bytes?.length === entryBytes(entry)) return bytes;
  throw new LabError(
    'internal',
    `${entry.name} was encoded to ${bytes?.length ?? 0} bytes; its layout says ${entryBytes(entry)}.`,
    'Please report this with the codec.',
  );
}
