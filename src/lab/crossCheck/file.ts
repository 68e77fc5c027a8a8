import type { TensorSpec } from '../../models/architecture';
import type { Exportable } from '../../models/load/export';
import { toCanonical } from '../../models/load/orientation';
import type { LabRecord } from '../results/record';
import type { FoundTensor, OtherReader } from './reader';

export type FileAgreement = NonNullable<LabRecord['verification']['loadedElsewhere']>;

/** The result of another reader on a weights file. */
export interface FileCheck {
  outcome: FileAgreement;
  /** Values where that reader finds them, canonical [out, in]; absent where it does not find every tensor in its shape. */
  tensor?: (spec: TensorSpec) => Promise<Float32Array>;
}

/**
 * Checks that another reader finds in a hub-layout weights file what was written: names, types, shapes, ranges that
 * fill the file without overlap, and the values of the model in these ranges.
 */
export async function crossCheckFile(
  reader: OtherReader,
  file: Uint8Array,
  model: Exportable,
): Promise<FileCheck> {
  const { name } = reader;
  let found: ReadonlyMap<string, FoundTensor>;
  try {
    found = await reader.read(file);
  } catch (error) {
    const difference = `it refuses the file: ${error instanceof Error ? error.message : String(error)}`;
    return { outcome: { name, agrees: false, difference } };
  }
  const misplaced = differenceOfHeader(found, file.length, model.shape.tensors);
  if (misplaced) return { outcome: { name, agrees: false, difference: misplaced } };
  const tensor = async (spec: TensorSpec) => valuesAt(file, found.get(spec.name)!, spec);
  const difference = await differenceOfValues(model, tensor);
  return { outcome: { name, agrees: difference === undefined, ...(difference && { difference }) }, tensor };
}

/** Describes the first entry that is not as written. @returns undefined if all are */
function differenceOfHeader(
  found: ReadonlyMap<string, FoundTensor>,
  fileBytes: number,
  specs: readonly TensorSpec[],
): string | undefined {
  for (const spec of specs) {
    const tensor = found.get(spec.name);
    if (!tensor) return `it finds no ${spec.name}`;
    const { dtype, shape, begin, end } = tensor;
    if (dtype !== 'F32' || String(shape) !== String(spec.shape))
      return `it takes ${spec.name} for ${dtype} [${shape}], not F32 [${spec.shape}]`;
    if (end - begin !== 4 * spec.matrix[0] * spec.matrix[1])
      return `it gives ${spec.name} ${end - begin} bytes`;
  }
  if (found.size !== specs.length) return `it finds ${found.size} tensors, not ${specs.length}`;
  return gap([...found.values()], fileBytes);
}

/** Describes the first gap or overlap of ranges, which must follow one another to the end of the file. */
function gap(tensors: readonly FoundTensor[], fileBytes: number): string | undefined {
  const sorted = [...tensors].sort((a, b) => a.begin - b.begin);
  const broken = sorted.findIndex(({ begin }, i) => i > 0 && begin !== sorted[i - 1].end);
  if (broken > 0) return `the ranges of its tensors have a gap or an overlap at byte ${sorted[broken].begin}`;
  const end = sorted.at(-1)?.end ?? 0;
  return end === fileBytes ? undefined : `its tensors end at byte ${end} of ${fileBytes}`;
}

async function differenceOfValues(
  model: Exportable,
  tensor: (spec: TensorSpec) => Promise<Float32Array>,
): Promise<string | undefined> {
  for (const spec of model.shape.tensors) {
    const [there, here] = [await tensor(spec), await model.tensor(spec)];
    const i = here.findIndex((value, at) => !Object.is(value, there[at]));
    if (i >= 0) return `value ${i} of ${spec.name} is ${there[i]} there, not ${here[i]}`;
  }
  return undefined;
}

/** Copies the values of a tensor, since its range need not begin at a multiple of four bytes. */
function valuesAt(file: Uint8Array, { begin, end }: FoundTensor, spec: TensorSpec): Float32Array {
  return toCanonical(spec, new Float32Array(file.slice(begin, end).buffer));
}
