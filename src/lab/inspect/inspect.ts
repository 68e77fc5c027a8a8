import { measureError, unscaled } from '../../artefact/error';
import { matrixCodes, type MatrixCodes } from '../../artefact/matrixCodes';
import type { Artefact } from '../../artefact/read';
import { ErrorSums } from '../../base/errorSums';
import { LabError } from '../../base/errors';
import { shown } from '../../base/shown';
import { formatCodec } from '../../codecs/contract/spec';
import type { TensorSpec } from '../../models/architecture';
import type { Model } from '../../models/model';
import { requestedArtefact, type DecoderRequest } from '../generate/decoder';
import { adapterName, type Lab } from '../lab';
import { countOutliers, distinctValues, weightHistogram, type WeightHistogram } from './histogram';
import { float32Bits, restorableValues, weightCode, type WeightJourney } from './weight';

/** A compressed model to look into. */
export interface InspectedModel extends Omit<DecoderRequest, 'without'> {
  model: string;
  codec: string;
}

/** What to show of it. */
export interface InspectRequest extends InspectedModel {
  /** By default the tensor with the largest relative error. */
  tensor?: string;
  /** By default the weight of the largest magnitude. */
  weight?: readonly [row: number, column: number];
}

/** A tensor among the others of the file. */
export interface FileTensorSummary {
  name: string;
  block?: number;
  rows: number;
  columns: number;
  /** The codec's spelling; absent for a tensor that is kept in float. */
  codec?: string;
  bytes: number;
  bitsPerWeight: number;
  /** ‖W − Ŵ‖ ÷ ‖W‖; absent for a tensor that is kept in float. */
  relativeL2?: number;
}

/** A tensor before and after compression. */
export interface TensorView {
  name: string;
  histogram: WeightHistogram;
  /** The values that the weights can be restored to at the place of the chosen weight, in ascending order; none if there are many. */
  levels: number[];
  outliers: number;
  maxAbs: number;
  meanAbs: number;
  rms: number;
  weight: WeightJourney;
}

/** What the bytes of a compressed model hold. */
export interface Inspection {
  codec: string;
  bytes: number;
  tensors: FileTensorSummary[];
  chosen: TensorView;
}

const BINS = 64;
/** The most levels that are shown. */
const MAX_LEVELS = 64;

/** A compressed model, with its file in memory. */
interface OpenedFile {
  model: Model;
  artefact: Artefact;
  columnScales: ReadonlyMap<string, Float32Array>;
  summary: Omit<Inspection, 'chosen'>;
}

/** The file that was opened last, since looking around asks for the same one again and again. */
let kept: { key: string; file: OpenedFile } | undefined;

/**
 * Compresses a model and shows what its file holds. The file is kept for the next request.
 * @throws LabError bad-input for a tensor or a weight that the model does not have; what compressing throws; Cancelled
 */
export async function inspectModel(
  lab: Lab,
  request: InspectRequest,
  signal?: AbortSignal,
): Promise<Inspection> {
  const file = await openInspected(lab, request, signal);
  const { tensors } = file.summary;
  const worst = tensors.reduce((a, b) => ((b.relativeL2 ?? -1) > (a.relativeL2 ?? -1) ? b : a));
  const tensor = tensorNamed(file.model, request.tensor ?? worst.name);
  return { ...file.summary, chosen: await viewOf(lab, file, tensor, request.weight, signal) };
}

/** Compresses a model in memory, unless it is the one that was opened last. @throws LabError as `requestedArtefact`; Cancelled */
export async function openInspected(
  lab: Lab,
  request: InspectedModel,
  signal?: AbortSignal,
): Promise<OpenedFile> {
  const { model: id, codec, scope, rest, calibration, context, base, seed } = request;
  const model = await lab.openModel(id, signal);
  const device = [adapterName(lab.gpu), lab.cpu !== undefined];
  const key = JSON.stringify([model.sha256, codec, scope, rest, calibration, context, base, seed, device]);
  if (kept?.key === key) return kept.file;
  kept = undefined;
  const made = (await requestedArtefact(lab, model, request, signal))!;
  const { artefact, columnScales } = made;
  const file = { model, artefact, columnScales, summary: await summaryOf(lab, model, made, codec, signal) };
  kept = { key, file };
  return file;
}

async function summaryOf(
  lab: Lab,
  model: Model,
  { artefact, columnScales, bytes }: Pick<OpenedFile, 'artefact' | 'columnScales'> & { bytes: number },
  codec: string,
  signal?: AbortSignal,
): Promise<OpenedFile['summary']> {
  const values = (tensor: TensorSpec) => restoredValues(lab, artefact, tensor, signal);
  const { layers } = await measureError(model, artefact, values, { columnScales, signal });
  const errors = new Map(layers.map(({ name, relativeL2 }) => [name, relativeL2]));
  const tensors = artefact.shape.tensors.map((tensor): FileTensorSummary => {
    const { name, block, matrix } = tensor;
    const [rows, columns] = matrix;
    const assigned = artefact.codecOf(tensor);
    const stored = artefact.storedBytes(tensor);
    return {
      ...{ name, rows, columns, bytes: stored, bitsPerWeight: (8 * stored) / (rows * columns) },
      ...(block !== undefined && { block }),
      ...(assigned && { codec: formatCodec(assigned.spec), relativeL2: errors.get(name) }),
    };
  });
  return { codec, bytes, tensors };
}

/** Decodes a tensor from the bytes of the file, still multiplied by its column scales. */
async function restoredValues(
  { processor }: Lab,
  artefact: Artefact,
  tensor: TensorSpec,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const matrix = await artefact.decode(processor, tensor, signal);
  try {
    return await processor.read(matrix);
  } finally {
    processor.release(matrix);
  }
}

/** Returns the weights of a tensor that stand in for those of the checkpoint. @throws LabError; Cancelled */
export async function comparableValues(
  lab: Lab,
  { artefact, columnScales }: Pick<OpenedFile, 'artefact' | 'columnScales'>,
  tensor: TensorSpec,
  signal?: AbortSignal,
): Promise<Float32Array> {
  return unscaled(await restoredValues(lab, artefact, tensor, signal), columnScales.get(tensor.name));
}

/** @throws LabError bad-input for a tensor that the model does not have */
function tensorNamed(model: Model, name: string): TensorSpec {
  const found = model.shape.tensors.find((tensor) => tensor.name === name);
  if (found) return found;
  throw new LabError(
    'bad-input',
    `${model.id} has no tensor ${shown(name)}.`,
    'Choose one of the tensors that the view lists.',
  );
}

async function viewOf(
  lab: Lab,
  file: OpenedFile,
  tensor: TensorSpec,
  place: InspectRequest['weight'],
  signal?: AbortSignal,
): Promise<TensorView> {
  const before = await file.model.tensor(tensor);
  const after = await comparableValues(lab, file, tensor, signal);
  const [row, column] = checkedPlace(tensor, place ?? largest(before, tensor.matrix[1]));
  const sums = new ErrorSums();
  sums.add(before, after);
  const error = before.map((value, i) => Math.abs(value - after[i]));
  const codes = await matrixCodes(file.artefact, tensor);
  const at = row * tensor.matrix[1] + column;
  const columnScale = file.columnScales.get(tensor.name)?.[column];
  return {
    name: tensor.name,
    histogram: weightHistogram(before, after, BINS),
    levels: levelsOf(codes, after, { row, column, columnScale, columns: tensor.matrix[1] }),
    outliers: countOutliers(before),
    maxAbs: sums.maxAbs,
    meanAbs: error.reduce((sum, value) => sum + value, 0) / error.length,
    rms: Math.sqrt(error.reduce((sum, value) => sum + value ** 2, 0) / error.length),
    weight: {
      ...{ row, column, value: before[at], floatBits: float32Bits(before[at]), restored: after[at] },
      ...(codes && { code: weightCode(codes, row, column) }),
      ...(columnScale !== undefined && { columnScale }),
    },
  };
}

/** Returns the levels of a weight: those of its code, or the distinct values of its row where there is none. */
function levelsOf(
  codes: MatrixCodes | undefined,
  after: Float32Array,
  {
    row,
    column,
    columnScale = 1,
    columns,
  }: { row: number; column: number; columnScale?: number; columns: number },
): number[] {
  if (!codes) return distinctValues(after.subarray(row * columns, (row + 1) * columns), MAX_LEVELS);
  if (2 ** codes.bits > MAX_LEVELS) return [];
  return restorableValues(codes, row, column).map((value) => value / columnScale);
}

function largest(values: Float32Array, columns: number): readonly [number, number] {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[best])) best = i;
  return [Math.floor(best / columns), best % columns];
}

function checkedPlace(
  { name, matrix: [rows, columns] }: TensorSpec,
  [row, column]: readonly [number, number],
): readonly [number, number] {
  const isInside = (value: number, end: number) => Number.isInteger(value) && value >= 0 && value < end;
  if (isInside(row, rows) && isInside(column, columns)) return [row, column];
  throw new LabError(
    'bad-input',
    `${name} has ${rows} rows and ${columns} columns, and no weight at row ${row}, column ${column}.`,
    `Choose a row from 0 to ${rows - 1} and a column from 0 to ${columns - 1}.`,
  );
}
