import { LabError } from '../../base/errors';
import { quoted } from '../../base/shown';
import type { Dtype } from '../dtypes';
import type { FileTensor } from '../fileTensor';
import { toFloat32 } from '../safetensors/read';

/** Types in which scales and other real numbers may be stored. */
export const FLOAT_TYPES: readonly Dtype[] = ['F16', 'BF16', 'F32'];
/** Types of packed words; which of the two a file uses makes no difference to its bits. */
export const WORD_TYPES: readonly Dtype[] = ['I32', 'U32'];

/** What a part must look like; -1 in a shape stands for any size. The first type is the one that is written. */
export interface ExpectedPart {
  dtypes: readonly Dtype[];
  shape: readonly number[];
}

/** The tensors of a checkpoint by name; it remembers which of them belong to quantised weights. */
export class StoredParts {
  private readonly taken = new Set<string>();

  constructor(
    private readonly format: string,
    private readonly tensors: ReadonlyMap<string, FileTensor>,
  ) {}

  /** Returns the names of all modules that have a part with this suffix, such as `.qweight`. */
  modules(suffix: string): string[] {
    return [...this.tensors.keys()].flatMap((name) =>
      name.endsWith(suffix) ? [name.slice(0, -suffix.length)] : [],
    );
  }

  /** Returns the names of all modules that have a part with this suffix. @throws LabError bad-file if there is none */
  someModules(suffix: string): string[] {
    const modules = this.modules(suffix);
    if (modules.length === 0) throw badParts(this.format, `it has no tensor named ${suffix.slice(1)}`);
    return modules;
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Returns the number of dimensions of a part; undefined if there is none. */
  rankOf(name: string): number | undefined {
    return this.tensors.get(name)?.shape.length;
  }

  /** Returns the type of a part; undefined if there is none. */
  dtypeOf(name: string): Dtype | undefined {
    return this.tensors.get(name)?.dtype;
  }

  /** Returns whether a part has a shape. */
  fits(name: string, shape: readonly number[]): boolean {
    return String(this.tensors.get(name)?.shape) === String(shape);
  }

  /** Returns a part that need not exist. @throws LabError bad-file if it has another type or shape */
  optional(name: string, expected: ExpectedPart): FileTensor | undefined {
    return this.has(name) ? this.required(name, expected) : undefined;
  }

  /** Returns a part. @throws LabError bad-file if it is missing or has another type or shape */
  required(name: string, { dtypes, shape }: ExpectedPart): FileTensor {
    const found = this.tensors.get(name);
    if (!found) throw badParts(this.format, `${quoted(name)} is missing`);
    if (!dtypes.includes(found.dtype))
      throw badParts(
        this.format,
        `${quoted(name)} is stored as ${found.dtype}, not as ${dtypes.join(' or ')}`,
      );
    const fits =
      found.shape.length === shape.length && shape.every((n, i) => n === -1 || n === found.shape[i]);
    if (!fits)
      throw badParts(
        this.format,
        `${quoted(name)} has shape [${found.shape.slice(0, 8)}], not [${shape.map((n) => (n === -1 ? 'any' : n))}]`,
      );
    this.taken.add(name);
    return found;
  }

  /** Returns all tensors that are no part of a quantised weight, and the restored ones. */
  with(restored: ReadonlyMap<string, FileTensor>): ReadonlyMap<string, FileTensor> {
    const kept = [...this.tensors].filter(([name]) => !this.taken.has(name));
    return new Map([...kept, ...restored]);
  }
}

/** Returns the error about tensors that do not fit each other; `why` is a clause that names the tensor. */
export function badParts(format: string, why: string): LabError {
  return new LabError(
    'bad-file',
    `The checkpoint is not a valid ${format} checkpoint: ${why}.`,
    'Check that config.json belongs to these weights, or download both again.',
  );
}

/** Returns the error about a setting that is not implemented; `what` is a clause that names it. */
export function notImplemented(format: string, what: string): LabError {
  return new LabError(
    'unsupported',
    `This ${format} checkpoint cannot be read: ${what}.`,
    'Choose another file of the model; docs/formats.md lists what can be read.',
  );
}

/** Reads packed words. */
export async function readWords(tensor: FileTensor): Promise<Uint32Array> {
  const bytes = await alignedBytes(tensor);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** Reads real numbers, widened to float32. */
export async function readFloats(tensor: FileTensor): Promise<Float32Array> {
  return toFloat32({ dtype: tensor.dtype, bytes: await tensor.read() });
}

/**
 * Reads the group of every input.
 * @throws LabError bad-file for a group that does not exist
 */
export async function readInputGroups(
  format: string,
  name: string,
  tensor: FileTensor,
  groups: number,
): Promise<Uint32Array> {
  const indices = await readWords(tensor);
  // A negative index is far beyond the last group here.
  const bad = indices.findIndex((group) => group >= groups);
  if (bad < 0) return indices;
  throw badParts(format, `${quoted(name)} puts input ${bad} into group ${indices[bad] | 0} of ${groups}`);
}

async function alignedBytes(tensor: FileTensor): Promise<Uint8Array> {
  const bytes = await tensor.read();
  return bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
}

/** Returns the sum of the sizes of some parts in bytes; absent ones count nothing. */
export function bytesOf(...parts: readonly (FileTensor | undefined)[]): number {
  return parts.reduce((sum, part) => sum + (part?.byteLength ?? 0), 0);
}
