import type { Packable } from '../../formats/quantised/write';
import type { LayerInputs, ReferenceInputs } from '../../calibrate/inputs';
import type { Gpu } from '../../gpu/gpu';
import type { InputRounding } from '../../models/inputRounding';
import type { LinearWeight } from '../../runtime/linear/linear';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import type { CodecMeta, CodecOptions } from './meta';
import type { GgufBlocks } from '../../models/load/export';
import type { PartLayout, Parts } from './parts';

/** The shape of a weight matrix, [out, in]. */
export type MatrixShape = readonly [rows: number, columns: number];

/** A tensor to encode. `encodeTensor` has checked that its values are finite. */
export interface SourceTensor {
  name: string;
  shape: MatrixShape;
  values: Float32Array;
}

/** A tensor as the artefact stores it. */
export interface CodedTensor<Options = CodecOptions> {
  name: string;
  shape: MatrixShape;
  options: Options;
  parts: Parts;
}

/** The device, the calibration data and the abort signal of encoding and decoding. */
export interface CodecContext {
  gpu: Gpu;
  seed: number;
  signal?: AbortSignal;
  /**
   * Statistics of this tensor's input on calibration data, computed by the compressed layers before it. They are absent for codecs
   * without calibration and for tensors that no linear layer reads (embedding, positions). The Gram matrix is then the identity.
   */
  inputs?: LayerInputs;
  /**
   * The number of times that each row's token occurs in the calibration data, [out], for token tables (embedding, head). It is the weight
   * of an error in that row.
   */
  rowCounts?: Float32Array;
}

/** The work of encoding one matrix, for estimates of time. */
export interface EncodeWork {
  /** Floating-point operations on the GPU, as the dispatches count them. */
  gpu: number;
  /** Number of dispatches. Each has a fixed cost besides its operations. */
  dispatches: number;
  /** Number of times that the host waits for the GPU. */
  waits: number;
  /** Operations on the host. */
  host?: number;
  /** Operations on the host that serve all tensors that read one activation. */
  sharedHost?: number;
}

/**
 * A codec as the registry, artefacts and the conformance suite use it. Plain codecs are made by `defineCodec`, which gives their code
 * the types of their options and parts.
 */
export interface Codec<Options = CodecOptions> {
  meta: CodecMeta;
  /** Lists the parts with their shapes, without encoding. The opponent search computes file sizes from it. */
  layout(shape: MatrixShape, options: Options): readonly PartLayout[];
  /** Encodes on the GPU. The caller keeps the input and owns the returned bytes. */
  encode(tensor: SourceTensor, options: Options, context: CodecContext): Promise<Parts>;
  /**
   * Encodes all tensors that read one activation together, for codecs in which they share, for example, a scale folded into the norm
   * before them. If absent, `encode` encodes them one after the other.
   */
  encodeGroup?(group: TensorGroup, options: Options, context: CodecContext): Promise<GroupResult>;
  /** Estimates the work of encoding, with calibration if the codec uses it. If absent, it is that of plain rounding. */
  encodeWork?(shape: MatrixShape, options: Options): EncodeWork;
  /** Decodes on the GPU into `target`, from nothing but the stored bytes. */
  decode(stored: CodedTensor<Options>, target: DenseMatrix, context: CodecContext): Promise<void>;
  /** Makes a weight that multiplies from the packed codes without a dense copy, or undefined where these options have none. */
  linear?(stored: CodedTensor<Options>, context: CodecContext): Promise<LinearWeight | undefined>;
  /**
   * Presents a stored matrix in the form that formats of other tools pack, or returns why there is none, as a clause. If absent, no
   * format of other tools has the codes.
   */
  packable?(stored: CodedTensor<Options>): Packable | string;
  /** Returns what a lossless wrapper has coded: its inner codec with the parts of that, decoded by the reference. */
  unwrap?(stored: CodedTensor<Options>): { codec: Codec; stored: CodedTensor };
  /** Whether `linear` also quantises its input. Quality is then measured with `linear` instead of dense weights. */
  quantisesActivations?(options: Options): boolean;
  /** Returns the blocks of a stored tensor as a GGUF file has them, for codecs whose parts are such blocks. */
  ggufBlocks?(stored: CodedTensor<Options>): GgufBlocks;
  reference: CodecReference<Options>;
  /**
   * Whether equal weights give equal bytes on every adapter. It is false where float32 sums choose scales, codes or codebooks, because
   * adapters may sum in another order. If absent, it is true.
   */
  equalCodes?: (options: Options) => boolean;
  /** The largest |GPU − reference| of a decoded value, as a share of the tensor's largest magnitude. If absent, 2⁻²³. */
  decodeTolerance?: number;
  /** The largest |decode(encode(W)) − W| that the definition allows in a group of maximum |w|, for the conformance suite. */
  errorBound: (options: Options) => (groupMaximum: number) => number;
}

/** The tensor's name in errors of a reference, which does not know it. */
export const REFERENCE_TENSOR = 'The matrix';

/** The definition of a codec as plain loops with float64 sums. Its errors call the tensor `REFERENCE_TENSOR`. */
export interface CodecReference<Options = CodecOptions> {
  encode(
    values: Float32Array,
    shape: MatrixShape,
    options: Options,
    inputs?: ReferenceInputs,
    /** The counts of `CodecContext.rowCounts`. */
    rowCounts?: Float32Array,
  ): Parts;
  decode: (parts: Parts, shape: MatrixShape, options: Options) => Float32Array;
  /**
   * Encodes all tensors that read one activation together, for codecs whose `encodeGroup` shares a scale. If absent, `encode` encodes
   * them one after the other.
   */
  encodeGroup?: (group: TensorGroup, options: Options, inputs?: ReferenceInputs) => GroupResult;
  /**
   * Sums (w − ŵ)² over all weights, where ŵ is what the encoded weight is decoded to, without making the parts. If absent, both are done.
   */
  squaredError?: (values: Float32Array, shape: MatrixShape, options: Options) => number;
  /** Returns how a layer quantises its input. It is for codecs with `quantisesActivations`, if that is true of the options. */
  inputRounding?: (parts: Parts, shape: MatrixShape, options: Options) => InputRounding;
  /**
   * Encodes with the scales, and whatever else a search chooses, of `stored`. It is for codecs whose `equalCodes` is false and that do
   * not transform in float32 before they round.
   */
  requantise?: (values: Float32Array, shape: MatrixShape, options: Options, stored: Parts) => Parts;
}

/** Tensors of one block that read the same activation and have the same codec. */
export interface TensorGroup {
  tensors: readonly SourceTensor[];
  /** The norm before them, if nothing else reads its output. Dividing it by s and storing W·diag(s) does not change the model. */
  norm?: { weight: SourceTensor; bias?: SourceTensor };
}

/** The result of encoding a group. */
export interface GroupResult {
  /** The parts of each tensor, by name. */
  parts: ReadonlyMap<string, Parts>;
  /** New values of the norm's tensors, by name. */
  replaced?: ReadonlyMap<string, Float32Array>;
  /** The factors s [in] by which the norm was divided, so that the tensors are stored as W·diag(s). */
  columnScale?: Float32Array;
}
