import type { LayerInputs, ReferenceInputs } from '../../calibrate/inputs';
import type { Gpu } from '../../gpu/gpu';
import type { LinearWeight } from '../../runtime/linear/linear';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import type { CodecMeta, CodecOptions } from './meta';
import type { PartLayout, Parts } from './parts';

/** Canonical [out, in]. */
export type MatrixShape = readonly [rows: number, columns: number];

/** What a codec gets to encode. Values are finite: the caller has checked and names the tensor otherwise. */
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
   * What calibration saw of this tensor's input, as it comes out of the already compressed layers before it. Absent for
   * uncalibrated codecs and for tensors no linear layer reads (embedding, positions): take the Gram matrix as the identity.
   */
  inputs?: LayerInputs;
  /**
   * For tables of tokens (embedding, head): how often calibration saw each row's token, [out]. An error in a row counts where
   * its token occurs.
   */
  rowCounts?: Float32Array;
}

/** What encoding one matrix takes; estimates of time rest on it. */
export interface EncodeWork {
  /** Floating-point operations on the GPU, as the dispatches count them. */
  gpu: number;
  /** Dispatches: each takes some time however little it does. */
  dispatches: number;
  /** Times the host waits for an answer of the GPU. */
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
  /** Parts and their shapes, known without encoding: gives file sizes to the opponent search. */
  layout(shape: MatrixShape, options: Options): readonly PartLayout[];
  /** WGSL encode. The caller owns the input; the returned bytes pass to the caller. */
  encode(tensor: SourceTensor, options: Options, context: CodecContext): Promise<Parts>;
  /**
   * Encodes all tensors that read one activation together, where they share something (a scale folded into the norm before
   * them); absent: one after the other by `encode`.
   */
  encodeGroup?(group: TensorGroup, options: Options, context: CodecContext): Promise<GroupResult>;
  /** Work of encoding with calibration, if the codec takes it; absent: hardly more than plain rounding. */
  encodeWork?(shape: MatrixShape, options: Options): EncodeWork;
  /** WGSL decode into `target`, from the stored bytes alone. */
  decode(stored: CodedTensor<Options>, target: DenseMatrix, context: CodecContext): Promise<void>;
  /** Multiplies straight from the packed form, never materialising a dense copy; undefined when these options have none. */
  linear?(stored: CodedTensor<Options>, context: CodecContext): Promise<LinearWeight | undefined>;
  /** True when `linear` also quantises what it reads: quality is then measured through it, not through dense weights. */
  quantisesActivations?(options: Options): boolean;
  reference: CodecReference<Options>;
  /**
   * False for options whose scales, codes or codebooks are chosen by float32 sums, which no two adapters need to add up alike:
   * equal weights then need not give equal bytes. Absent: they always do.
   */
  equalCodes?: (options: Options) => boolean;
  /** Largest |GPU − reference| of a decoded value as a share of the tensor's largest; absent: one unit in the last place. */
  decodeTolerance?: number;
  /** Largest |decode(encode(W)) − W| the definition allows, for the conformance suite; by group maximum |w|. */
  errorBound: (options: Options) => (groupMaximum: number) => number;
}

/** The definition in readable form: plain loops, float64 sums. */
export interface CodecReference<Options = CodecOptions> {
  encode(
    values: Float32Array,
    shape: MatrixShape,
    options: Options,
    inputs?: ReferenceInputs,
    /** As `CodecContext.rowCounts`. */
    rowCounts?: Float32Array,
  ): Parts;
  decode: (parts: Parts, shape: MatrixShape, options: Options) => Float32Array;
  /**
   * What `encode` gives where scales, and what else a search chooses, are taken from `stored`: for codecs whose `equalCodes`
   * says false, but not those that transform in float32 before they round.
   */
  requantise?: (values: Float32Array, shape: MatrixShape, options: Options, stored: Parts) => Parts;
}

/** Tensors of one block that read the same activation and have the same codec. */
export interface TensorGroup {
  tensors: readonly SourceTensor[];
  /** Present where the activation comes straight from a norm and nothing else reads it: norm ÷ s, W·diag(s) is the same model. */
  norm?: { weight: SourceTensor; bias?: SourceTensor };
}

/** What encoding a group gives. */
export interface GroupResult {
  /** By tensor name. */
  parts: ReadonlyMap<string, Parts>;
  /** New values of the norm's tensors, by name. */
  replaced?: ReadonlyMap<string, Float32Array>;
  /** s [in]: the tensors were stored as W·diag(s) because the norm was divided by s. */
  columnScale?: Float32Array;
}
