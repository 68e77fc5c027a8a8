import type { LayerInputs, ReferenceInputs } from '../../calibrate/inputs';
import type { Gpu } from '../../gpu/gpu';
import type { LinearWeight } from '../../runtime/linear/linear';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import type { CodecMeta, CodecOptions } from './meta';
import type { PartLayout, Parts } from './parts';

/** The shape of a weight matrix, [out, in]. */
export type MatrixShape = readonly [rows: number, columns: number];

/** A tensor to encode. Its values are finite: `encodeTensor` has checked them. */
export interface SourceTensor {
  name: string;
  shape: MatrixShape;
  values: Float32Array;
}

/** A tensor as the artefact holds it. */
export interface CodedTensor<Options = CodecOptions> {
  name: string;
  shape: MatrixShape;
  options: Options;
  parts: Parts;
}

/** What encoding and decoding work with. */
export interface CodecContext {
  gpu: Gpu;
  seed: number;
  signal?: AbortSignal;
  /**
   * Statistics of this tensor's input on calibration data, as it comes out of the compressed layers before it. Absent for codecs
   * without calibration and for tensors that no linear layer reads (embedding, positions): the Gram matrix is then the identity.
   */
  inputs?: LayerInputs;
  /**
   * How often each row's token occurs in the calibration data, [out], for tables of tokens (embedding, head). An error in a row
   * counts as often as its token occurs.
   */
  rowCounts?: Float32Array;
}

/** What encoding one matrix takes, for estimates of time. */
export interface EncodeWork {
  /** Floating-point operations on the GPU, as the dispatches count them. */
  gpu: number;
  /** Number of dispatches, each of which takes some time however little it does. */
  dispatches: number;
  /** How often the host waits for the GPU. */
  waits: number;
  /** Operations on the host. */
  host?: number;
  /** Operations the host does once for all tensors that read one activation. */
  sharedHost?: number;
}

/**
 * A codec as the registry, artefacts and the conformance suite use it. Plain codecs are made by `defineCodec`, which gives their code
 * the types of their options and parts.
 */
export interface Codec<Options = CodecOptions> {
  meta: CodecMeta;
  /** Lists the parts with their shapes, without encoding; the opponent search computes file sizes from it. */
  layout(shape: MatrixShape, options: Options): readonly PartLayout[];
  /** Encodes on the GPU. The caller keeps the input and owns the returned bytes. */
  encode(tensor: SourceTensor, options: Options, context: CodecContext): Promise<Parts>;
  /**
   * Encodes all tensors that read one activation together, where they share something such as a scale folded into the norm before
   * them. If absent, `encode` encodes them one after the other.
   */
  encodeGroup?(group: TensorGroup, options: Options, context: CodecContext): Promise<GroupResult>;
  /** The work of encoding, with calibration if the codec takes it. If absent, it is that of plain rounding. */
  encodeWork?(shape: MatrixShape, options: Options): EncodeWork;
  /** Decodes on the GPU into `target`, from the stored bytes alone. */
  decode(stored: CodedTensor<Options>, target: DenseMatrix, context: CodecContext): Promise<void>;
  /** A weight that multiplies from the packed codes without a dense copy; undefined where these options have none. */
  linear?(stored: CodedTensor<Options>, context: CodecContext): Promise<LinearWeight | undefined>;
  /** True if `linear` also quantises its input: quality is then measured through it instead of dense weights. */
  quantisesActivations?(options: Options): boolean;
  reference: CodecReference<Options>;
  /**
   * Whether equal weights give equal bytes on every adapter. False where float32 sums choose scales, codes or codebooks, because
   * adapters may add in another order. If absent, it is true.
   */
  equalCodes?: (options: Options) => boolean;
  /** The largest |GPU − reference| of a decoded value, as a share of the tensor's largest. If absent, one unit in the last place. */
  decodeTolerance?: number;
  /** The largest |decode(encode(W)) − W| that the definition allows in a group of maximum |w|, for the conformance suite. */
  errorBound: (options: Options) => (groupMaximum: number) => number;
}

/** The definition of a codec in readable form: plain loops, float64 sums. */
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
   * The parts that `encode` would give if it took the scales, and whatever else a search chooses, from `stored`. For codecs whose
   * `equalCodes` is false and that do not transform in float32 before they round.
   */
  requantise?: (values: Float32Array, shape: MatrixShape, options: Options, stored: Parts) => Parts;
}

/** Tensors of one block that read the same activation and have the same codec. */
export interface TensorGroup {
  tensors: readonly SourceTensor[];
  /** The norm before them, if nothing else reads its output: dividing it by s and storing W·diag(s) leaves the model the same. */
  norm?: { weight: SourceTensor; bias?: SourceTensor };
}

/** What encoding a group gives. */
export interface GroupResult {
  /** By tensor name. */
  parts: ReadonlyMap<string, Parts>;
  /** New values of the norm's tensors, by name. */
  replaced?: ReadonlyMap<string, Float32Array>;
  /** The factors s [in] of tensors that were stored as W·diag(s) because the norm was divided by s. */
  columnScale?: Float32Array;
}
