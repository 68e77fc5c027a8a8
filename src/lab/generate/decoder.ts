import { Artefact } from '../../artefact/read';
import type { Processor } from '../../artefact/processor';
import { memorySink } from '../../artefact/sink';
import { decodedWeights, evaluatedWeights, packedWeights } from '../../artefact/weights';
import type { Rest, Scope } from '../../artefact/recipe';
import type { CalibrationBatches } from '../../calibrate/walk';
import { parseCodec } from '../../codecs/contract/spec';
import { readWeights } from '../../evaluate/readWeights';
import { LabError } from '../../base/errors';
import { shown } from '../../base/shown';
import type { Gpu } from '../../gpu/gpu';
import type { ModelShape } from '../../models/architecture';
import type { Model } from '../../models/model';
import type { OnnxRuntime } from '../../onnx/runtime';
import type { EmittableModel } from '../../onnx/weights';
import { gpuWeights, type WeightValues } from '../../runtime/forward/weights';
import { CachedDecoder, type OpenDecoder } from '../../runtime/generate/generate';
import { openRecordBase, type RecordedBase } from '../artefacts/recordBase';
import { compressModel } from '../artefacts/compress';
import { requireGpu, type Lab } from '../lab';
import type { CalibrationPlan } from '../plan/plan';
import { DEFAULT_CONTEXT } from '../plan/presets';

/** The weights that generate a text. */
export interface DecoderRequest {
  /** Codec spelling; undefined = the float32 baseline. */
  codec?: string;
  scope: Scope;
  rest: Rest;
  /** Data for a calibrated codec, and the tokens of its windows. */
  calibration?: CalibrationPlan | null;
  /** Calibration data that is at hand, of a diffusion model. */
  batches?: CalibrationBatches;
  context?: number;
  /** The model of which the codec codes the difference, if it does. */
  base?: RecordedBase;
  seed: number;
  /** A weight that is set to zero after the codec's weights were restored. */
  without?: WeightPlace;
}

/** The place of one weight in a canonical matrix [out, in]. */
export interface WeightPlace {
  tensor: string;
  row: number;
  column: number;
}

/** Decoders of some weights, which are freed by `dispose` after the decoders. */
export interface Decoders {
  /** Bytes of GPU memory that the weights take; absent if the CPU runs them. */
  gpuBytes?: number;
  open: OpenDecoder;
  dispose(): void;
}

/**
 * Opens the baseline, or a codec's weights restored from artefact bytes, where the lab measures: on the GPU with linear layers straight
 * from packed codes where the codec has them, or by ONNX Runtime on the CPU.
 * @throws LabError from compressing the model; Cancelled
 */
export async function openDecoders(
  lab: Lab,
  model: Model,
  request: DecoderRequest,
  signal?: AbortSignal,
): Promise<Decoders> {
  const artefact = (await requestedArtefact(lab, model, request, signal))?.artefact;
  if (!request.without) return decodersOf(lab, model, artefact, signal);
  const source = artefact ? await restoredInMemory(lab.processor, artefact, signal) : model;
  return decodersOf(lab, withoutWeight(source, request.without), undefined, signal);
}

/**
 * Presents a model in which one weight is zero.
 * @throws LabError bad-input for a weight that it does not have; unsupported for a codec that also rounds what its layers read
 */
function withoutWeight(model: EmittableModel, { tensor, row, column }: WeightPlace): EmittableModel {
  const spec = model.shape.tensors.find(({ name }) => name === tensor);
  const [rows, columns] = spec?.matrix ?? [0, 0];
  if (!(row >= 0 && row < rows && column >= 0 && column < columns))
    throw new LabError(
      'bad-input',
      `${model.id} has no weight at row ${row}, column ${column} of ${shown(tensor)}.`,
      'Name a weight of one of its tensors.',
    );
  if (model.inputRounding?.size)
    throw new LabError(
      'unsupported',
      'This codec also rounds the inputs of its layers, and a weight can be removed only where they are float.',
      'Choose a codec that rounds weights alone.',
    );
  return {
    id: model.id,
    shape: model.shape,
    async tensor(each) {
      const values = await model.tensor(each);
      if (each.name !== tensor) return values;
      const changed = values.slice();
      changed[row * columns + column] = 0;
      return changed;
    },
  };
}

/**
 * Opens decoders of a float model or, if there is one, of the weights that an artefact restores to, as `openDecoders` does.
 * @throws LabError no-webgpu for weights that the CPU's runtime cannot hold; Cancelled
 */
export async function decodersOf(
  lab: Lab,
  model: EmittableModel,
  artefact: Artefact | undefined,
  signal?: AbortSignal,
): Promise<Decoders> {
  const { cpu, processor } = lab;
  if (cpu && fitsGraph(cpu, model.shape))
    return cpuDecoders(cpu, artefact ? await restoredInMemory(processor, artefact, signal) : model);
  const gpu = requireGpu(lab, 'Generating text with so many weights');
  const weights = artefact
    ? await packedWeights(processor, artefact, signal)
    : await processor.load(model, signal);
  return {
    gpuBytes: weights.bytes,
    open: gpuDecoders(gpu, model.shape, weights),
    dispose: () => weights.dispose(),
  };
}

/**
 * Opens decoders of weights that are in memory, which stay the caller's, where the lab measures.
 * @throws LabError no-webgpu for more weights than the CPU's runtime can hold, if they are not on an adapter; Cancelled
 */
export async function weightDecoders(
  lab: Lab,
  shape: ModelShape,
  weights: WeightValues,
  signal?: AbortSignal,
): Promise<Decoders> {
  if (lab.cpu && fitsGraph(lab.cpu, shape))
    return cpuDecoders(lab.cpu, await emittable(shape, weights, signal));
  const gpu = requireGpu(lab, 'Generating text with so many weights');
  return { open: gpuDecoders(gpu, shape, weights), dispose: () => undefined };
}

function gpuDecoders(gpu: Gpu, shape: ModelShape, weights: WeightValues): OpenDecoder {
  return (promptLength, newTokens, signal, sequences) =>
    CachedDecoder.create(gpu, shape, gpuWeights(weights), promptLength, newTokens, signal, sequences);
}

async function cpuDecoders(cpu: OnnxRuntime, model: EmittableModel): Promise<Decoders> {
  const { OnnxDecoders } = await import('../../onnx/decoder');
  const decoders = new OnnxDecoders(cpu, model);
  return {
    open: (promptLength, newTokens, signal, sequences) =>
      decoders.open(promptLength, newTokens, signal, sequences),
    dispose: () => void decoders.dispose(),
  };
}

/** Bytes that an ONNX file can hold. */
const MAX_GRAPH_BYTES = 2 ** 31 - 1;
/** Copies of the weights that the runtime holds while it loads a graph: the file, and its arrangement for the kernels. */
const COPIES = 2;

/** Whether a model's weights can be constants of a graph that the runtime loads. */
export function fitsGraph(
  { maxWeightBytes = Infinity }: OnnxRuntime,
  { parameters, tiedHead, program, width }: ModelShape,
): boolean {
  const bytes = 4 * (parameters + (tiedHead ? program.head.outputs * width : 0));
  return bytes <= Math.min(MAX_GRAPH_BYTES, maxWeightBytes / COPIES);
}

/** An artefact that was made in memory. */
interface RequestedArtefact {
  artefact: Artefact;
  bytes: number;
  /** The factors of tensors that are stored as W·diag(s), by name. */
  columnScales: ReadonlyMap<string, Float32Array>;
}

/**
 * Compresses a model as asked.
 * @returns the artefact and its size; undefined for the float32 baseline
 * @throws LabError as `compressModel`; Cancelled
 */
export async function requestedArtefact(
  lab: Lab,
  model: Model,
  request: DecoderRequest,
  signal?: AbortSignal,
): Promise<RequestedArtefact | undefined> {
  const { codec, scope, rest, calibration = null, context = DEFAULT_CONTEXT, base: stated, seed } = request;
  if (codec === undefined) return undefined;
  const base = await openRecordBase(lab, stated, undefined, signal);
  const recipe = { spec: parseCodec(codec), scope, rest, ...(base && { base }) };
  const options = { calibration, context, seed, batches: request.batches, signal };
  const { file, columnScales } = await compressModel(lab, model, recipe, options, memorySink());
  return { artefact: await Artefact.open(file, base), bytes: file.byteLength, columnScales };
}

/** Restores a model in main memory. @throws LabError; Cancelled. Nothing stays allocated on an adapter. */
export async function restoredInMemory(
  processor: Processor,
  artefact: Artefact,
  signal?: AbortSignal,
): Promise<EmittableModel> {
  const { shape } = artefact;
  let weights = await decodedWeights(processor, artefact, signal);
  try {
    weights = await evaluatedWeights(processor, artefact, weights, signal);
    return await emittable(shape, weights, signal);
  } finally {
    weights.dispose();
  }
}

/** Reads weights into main memory, so that a graph can be written with them. */
async function emittable(
  shape: ModelShape,
  weights: WeightValues,
  signal?: AbortSignal,
): Promise<EmittableModel> {
  const { values, rounding } = await readWeights(shape, weights, signal);
  return { id: 'restored', shape, tensor: async ({ name }) => values.get(name)!, inputRounding: rounding };
}
