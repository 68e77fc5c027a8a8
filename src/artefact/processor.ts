import { squaredError } from '../base/errorSums';
import type { InputStatistics } from '../calibrate/inputs';
import type {
  Codec,
  CodecContext,
  CodedTensor,
  GroupResult,
  SourceTensor,
  TensorGroup,
} from '../codecs/contract/codec';
import { decodeTensor, encodeGroup, encodeTensor } from '../codecs/contract/coding';
import type { CodecOptions } from '../codecs/contract/meta';
import type { Parts } from '../codecs/contract/parts';
import type { Gpu } from '../gpu/gpu';
import type { ModelShape } from '../models/architecture';
import {
  denseWeights,
  gpuWeights,
  weightsFrom,
  type OwnedWeights,
  type TensorSource,
  type WeightValues,
} from '../runtime/forward/weights';
import { DenseWeight } from '../runtime/linear/dense/dense';
import type { LinearWeight } from '../runtime/linear/linear';
import {
  allocateMatrix,
  gpuMatrix,
  readMatrix,
  releaseMatrix,
  uploadMatrix,
  type Matrix,
} from '../runtime/linear/matrix';

/** The calibration data and the abort signal of encoding, as `CodecContext` describes them. */
export interface EncodeContext extends Pick<CodecContext, 'seed' | 'signal' | 'rowCounts'> {
  inputs?: InputStatistics;
}

/**
 * What encodes and decodes: the kernels on a GPU (`gpuProcessor`), or the references on the CPU (`hostProcessor`). A lab
 * has one, and the code above it does not ask which. Matrices and statistics of one processor are not those of another.
 */
export interface Processor {
  /** Encodes one tensor, as `encodeTensor` says. */
  encode(codec: Codec, tensor: SourceTensor, options: CodecOptions, context: EncodeContext): Promise<Parts>;
  /** Encodes tensors that read one activation, as `encodeGroup` says. */
  encodeGroup(
    codec: Codec,
    group: TensorGroup,
    options: CodecOptions,
    context: EncodeContext,
  ): Promise<GroupResult>;
  /**
   * Decodes a tensor into a new matrix, in the orientation of its codec. The caller releases it.
   * @throws LabError bad-file naming the tensor; Cancelled. Nothing stays allocated then.
   */
  decode(codec: Codec, stored: CodedTensor, signal?: AbortSignal): Promise<Matrix>;
  /**
   * Sums (w − ŵ)² over a tensor's weights, where ŵ is what the encoded weight is decoded to, for codecs without calibration.
   * @throws LabError as `encodeTensor`; Cancelled
   */
  squaredError(
    codec: Codec,
    tensor: SourceTensor,
    options: CodecOptions,
    context: EncodeContext,
  ): Promise<number>;
  /** Makes the layer that multiplies straight from a tensor's packed codes; undefined where its codec has none. */
  packed(codec: Codec, stored: CodedTensor, signal?: AbortSignal): Promise<LinearWeight | undefined>;
  /** Makes a matrix of values, which must not change afterwards. The caller releases it. */
  matrix(values: Float32Array, rows: number, columns: number, label: string): Matrix;
  /** Reads a matrix. The values are the caller's. */
  read(matrix: Matrix): Promise<Float32Array>;
  release(matrix: Matrix): void;
  /** Waits until allocated memory is there. @throws LabError out-of-memory */
  settled(): Promise<void>;
  /** Opens a model's weights. The caller disposes of them. @throws LabError; Cancelled. Nothing stays allocated then. */
  load(model: TensorSource, signal?: AbortSignal): Promise<OwnedWeights>;
  /** Joins the matrices of all tensors, which the result owns, and packed layers, which replace some of them. */
  weights(
    shape: ModelShape,
    matrices: ReadonlyMap<string, Matrix>,
    packed?: ReadonlyMap<string, LinearWeight>,
  ): OwnedWeights;
  /** Presents matrices that come and go as weights, which own nothing. */
  view(matrix: (name: string) => Matrix): WeightValues;
  /** Presents weights in which one tensor is replaced. The result owns nothing. */
  replacing(weights: WeightValues, name: string, matrix: Matrix): WeightValues;
}

/** Returns what runs codecs by WGSL. */
export function gpuProcessor(gpu: Gpu): Processor {
  const gpuContext = ({ inputs, ...context }: EncodeContext): CodecContext => ({
    gpu,
    ...context,
    ...(inputs && { inputs: { ...inputs, gram: gpuMatrix(inputs.gram) } }),
  });
  const decode: Processor['decode'] = async (codec, stored, signal) => {
    const target = allocateMatrix(gpu, stored.shape[0], stored.shape[1], stored.name);
    try {
      await decodeTensor(codec, stored, target, { gpu, seed: 0, signal });
      return target;
    } catch (error) {
      releaseMatrix(gpu.buffers, target);
      throw error;
    }
  };
  return {
    encode: (codec, tensor, options, context) => encodeTensor(codec, tensor, options, gpuContext(context)),
    encodeGroup: (codec, group, options, context) => encodeGroup(codec, group, options, gpuContext(context)),
    decode,

    async squaredError(codec, tensor, options, context) {
      const parts = await encodeTensor(codec, tensor, options, gpuContext(context));
      const { name, shape, values } = tensor;
      const matrix = gpuMatrix(await decode(codec, { name, shape, options, parts }, context.signal));
      try {
        return squaredError(values, await readMatrix(gpu.stream, matrix));
      } finally {
        releaseMatrix(gpu.buffers, matrix);
      }
    },

    packed: async (codec, stored, signal) => codec.linear?.(stored, { gpu, seed: 0, signal }),
    matrix: (values, rows, columns, label) => uploadMatrix(gpu, values, rows, columns, label),
    read: (matrix) => readMatrix(gpu.stream, gpuMatrix(matrix)),
    release: (matrix) => releaseMatrix(gpu.buffers, gpuMatrix(matrix)),
    settled: () => gpu.buffers.settled(),
    load: (model, signal) => denseWeights(gpu, model, signal),

    weights(shape, matrices, packed) {
      const tables = new Map([...matrices].map(([name, matrix]) => [name, gpuMatrix(matrix)]));
      return weightsFrom(gpu, shape, tables, packed);
    },

    view(matrix) {
      const table = (name: string) => gpuMatrix(matrix(name));
      return {
        linear: (name: string) => new DenseWeight(gpu, table(name)),
        table,
        values: (name: string) => readMatrix(gpu.stream, table(name)),
      };
    },

    replacing(weights, replaced, matrix) {
      const others = gpuWeights(weights);
      const own = gpuMatrix(matrix);
      return {
        linear: (name: string) => (name === replaced ? new DenseWeight(gpu, own) : others.linear(name)),
        table: (name: string) => (name === replaced ? own : others.table(name)),
        values: (name: string) => (name === replaced ? readMatrix(gpu.stream, own) : others.values(name)),
      };
    },
  };
}
