import type { Calibration } from '../calibrate/calibration';
import type { LayerInputs } from '../calibrate/inputs';
import type { Codec, CodecContext, MatrixShape, SourceTensor } from '../codecs/contract/codec';
import type { CodecSpec } from '../codecs/contract/meta';
import { needsCalibration, resolveCodec } from '../codecs/contract/registry';
import { formatCodecFully } from '../codecs/contract/spec';
import type { ModelShape, TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { isCoded, type Recipe } from './recipe';

/** A codec ready to use, with the spelling that names it in the file. */
export interface Assigned {
  spec: CodecSpec;
  codec: Codec;
}

/** The codec of every coded tensor, by name. */
export type Assignment = ReadonlyMap<string, Assigned>;

/** The same codec for every tensor the scope covers. */
export async function uniformAssignment(shape: ModelShape, recipe: Recipe): Promise<Assignment> {
  const assigned = { spec: recipe.spec, codec: await resolveCodec(recipe.spec) };
  const coded = shape.tensors.filter((tensor) => isCoded(tensor, recipe.scope));
  return new Map(coded.map(({ name }) => [name, assigned]));
}

/** Loads the codecs of a choice made tensor by tensor; equal spellings share one. */
export async function assignmentOf(choice: ReadonlyMap<string, CodecSpec>): Promise<Assignment> {
  const loaded = new Map<string, Assigned>();
  const assignment = new Map<string, Assigned>();
  for (const [name, spec] of choice) {
    const key = formatCodecFully(spec);
    const assigned = loaded.get(key) ?? { spec, codec: await resolveCodec(spec) };
    loaded.set(key, assigned);
    assignment.set(name, assigned);
  }
  return assignment;
}

export function isCalibrated(assignment: Assignment): boolean {
  return [...assignment.values()].some(({ spec }) => needsCalibration(spec));
}

/** Whether a codec sees this tensor in the checkpoint's orientation [in, out] instead of the canonical one. */
export function isTurned(codec: Codec, tensor: TensorSpec): boolean {
  return codec.meta.orientation === 'checkpoint' && tensor.transposed === true;
}

/** The shape a codec sees. */
export function codedShape(codec: Codec, tensor: TensorSpec): MatrixShape {
  const [rows, columns] = tensor.matrix;
  return isTurned(codec, tensor) ? [columns, rows] : [rows, columns];
}

/** [rows, columns] → [columns, rows] */
export function turned(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c];
  return out;
}

/** A tensor as its codec sees it. */
export async function sourceOf(model: Model, tensor: TensorSpec, { codec }: Assigned): Promise<SourceTensor> {
  const values = await model.tensor(tensor);
  return {
    name: tensor.name,
    shape: codedShape(codec, tensor),
    values: isTurned(codec, tensor) ? turned(values, ...tensor.matrix) : values,
  };
}

/** What calibration offers a codec that wants it about one tensor; nothing to one that sees the matrix turned. */
export function learnt(
  { codec, spec }: Assigned,
  tensor: TensorSpec,
  inputs: LayerInputs | undefined,
  calibration: Calibration | undefined,
): Pick<CodecContext, 'inputs' | 'rowCounts'> {
  if (!needsCalibration(spec) || isTurned(codec, tensor)) return {};
  const rowCounts = calibration?.rowCounts.get(tensor.name);
  return { ...(inputs && { inputs }), ...(rowCounts && { rowCounts }) };
}
