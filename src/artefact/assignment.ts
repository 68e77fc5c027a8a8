import type { Calibration } from '../calibrate/calibration';
import type { InputStatistics } from '../calibrate/inputs';
import type { Codec, MatrixShape, SourceTensor, CodedTensor } from '../codecs/contract/codec';
import type { CodecSpec } from '../codecs/contract/meta';
import type { Parts } from '../codecs/contract/parts';
import { needsCalibration, resolveCodec } from '../codecs/contract/registry';
import { formatCodecFully } from '../codecs/contract/spec';
import type { ModelShape, TensorSpec } from '../models/architecture';
import { transposedMatrixValues } from '../models/load/orientation';
import type { Model } from '../models/model';
import type { EncodeContext } from './processor';
import { recipeBase, withoutBase } from './base';
import { isInScope, type Recipe } from './recipe';

/** A codec ready to use, with the spelling that names it in the file. */
export interface AssignedCodec {
  spec: CodecSpec;
  codec: Codec;
  /** The model of which it codes the difference. */
  base?: Model;
}

/** The codec of every coded tensor, by name. */
export type Assignment = ReadonlyMap<string, AssignedCodec>;

/** Assigns one codec to every tensor the scope covers. @throws LabError as `recipeBase` */
export async function uniformAssignment(shape: ModelShape, recipe: Recipe): Promise<Assignment> {
  const base = recipeBase(recipe, shape);
  const assigned = { spec: recipe.spec, codec: await resolveCodec(recipe.spec), ...(base && { base }) };
  const coded = shape.tensors.filter((tensor) => isInScope(tensor, recipe.scope));
  return new Map(coded.map(({ name }) => [name, assigned]));
}

/** Loads the codecs an assigner chose, by tensor name. Equal spellings share one codec. */
export async function loadAssignment(choice: ReadonlyMap<string, CodecSpec>): Promise<Assignment> {
  const loaded = new Map<string, AssignedCodec>();
  const assignment = new Map<string, AssignedCodec>();
  for (const [name, spec] of choice) {
    const key = formatCodecFully(spec);
    const assigned = loaded.get(key) ?? { spec, codec: await resolveCodec(spec) };
    loaded.set(key, assigned);
    assignment.set(name, assigned);
  }
  return assignment;
}

/** Whether any codec of the assignment needs calibration data. */
export function isCalibrated(assignment: Assignment): boolean {
  return [...assignment.values()].some(({ spec }) => needsCalibration(spec));
}

/** Whether a codec sees this tensor in the checkpoint's orientation [in, out] instead of the canonical one. */
export function isTransposed(codec: Codec, tensor: TensorSpec): boolean {
  return codec.meta.orientation === 'checkpoint' && tensor.transposed === true;
}

/** The shape [rows, columns] in which a codec sees a tensor. */
export function codedShape(codec: Codec, tensor: TensorSpec): MatrixShape {
  const [rows, columns] = tensor.matrix;
  return isTransposed(codec, tensor) ? [columns, rows] : [rows, columns];
}

/** Reads a tensor, or its difference from the base, in the shape and orientation its codec sees. */
export async function sourceTensor(
  model: Model,
  tensor: TensorSpec,
  { codec, base }: AssignedCodec,
): Promise<SourceTensor> {
  const whole = await model.tensor(tensor);
  const values = base ? await withoutBase(whole, base, tensor) : whole;
  return {
    name: tensor.name,
    shape: codedShape(codec, tensor),
    values: isTransposed(codec, tensor) ? transposedMatrixValues(values, ...tensor.matrix) : values,
  };
}

/** Joins the stored parts of a tensor with the shape and options that its codec decodes them by. */
export function codedTensor(tensor: TensorSpec, { codec, spec }: AssignedCodec, parts: Parts): CodedTensor {
  return { name: tensor.name, shape: codedShape(codec, tensor), options: spec.options, parts };
}

/**
 * The calibration data for encoding one tensor. It is empty for a codec without calibration, and for one that sees the matrix
 * transposed.
 * @param inputs statistics of the tensor's input, if a layer reads it
 */
export function calibrationFor(
  { codec, spec }: AssignedCodec,
  tensor: TensorSpec,
  inputs: InputStatistics | undefined,
  calibration: Calibration | undefined,
): Pick<EncodeContext, 'inputs' | 'rowCounts'> {
  if (!needsCalibration(spec) || isTransposed(codec, tensor)) return {};
  const rowCounts = calibration?.rowCounts.get(tensor.name);
  return { ...(inputs && { inputs }), ...(rowCounts && { rowCounts }) };
}
