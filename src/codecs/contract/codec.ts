import type { LayerInputs, ReferenceInputs } from '../../calibrate/inputs';
import type { Gpu } from '../../gpu/gpu';
import type { TensorRole } from '../../models/architecture';
import type { LinearWeight } from '../../runtime/linear/linear';
import type { DenseMatrix } from '../../runtime/linear/matrix';

/** Options as data: one generic form renders them, one parser checks them. */
export type OptionSpec = OptionKind & {
  /** Spelled out even at its default: the option a reader expects to see, such as bits. */
  named?: true;
};

type OptionKind =
  | {
      key: string;
      kind: 'integer' | 'number';
      label: string;
      min: number;
      max: number;
      step?: number;
      /** If given, only these values are allowed. */
      values?: readonly number[];
      default: number;
      unit?: string;
      term?: string;
    }
  | { key: string; kind: 'boolean'; label: string; default: boolean; term?: string }
  | {
      key: string;
      kind: 'choice';
      label: string;
      /** Words and, where the field mixes both (group = 8 … 256 or row), numbers written as words. */
      values: readonly string[];
      default: string;
      unit?: string;
      term?: string;
    };

export type OptionValue = number | boolean | string;
/** Complete and validated: every key of the codec's options, nothing else. */
export type CodecOptions = Readonly<Record<string, OptionValue>>;

/** `rans(hadamard(rtn(bits=4)))` as a tree. `options` is complete (defaults filled in). */
export interface CodecSpec {
  id: string;
  options: CodecOptions;
  inner?: CodecSpec;
}

interface OptionIs {
  option: string;
  value: OptionValue;
}

/** Pure data, safe to import from the page. */
export interface CodecMeta {
  id: string;
  label: string;
  family: 'float' | 'round-to-nearest' | 'non-uniform' | 'outlier' | 'ternary' | (string & {});
  /** Paper or specification with a URL. */
  source: string;
  /** One or two sentences for the page. */
  notes: string;
  options: readonly OptionSpec[];
  needs: {
    /** Statistics of the layers' inputs (`CodecContext.inputs`)… */
    calibration?: boolean;
    /** …except with this option value; of a list, with all of them. */
    calibrationUnless?: OptionIs | readonly OptionIs[];
    base?: boolean;
  };
  /**
   * Meant for models trained with it: a record whose weights err by more than this share of their norm says that the model
   * needs training (flag `needs-training`).
   */
  needsTraining?: { relativeL2: number };
  /** The columns of a matrix must be a multiple of this, as in formats of fixed blocks; `encodeTensor` refuses others. */
  columnsMultiple?: number;
  /** A wrapper takes exactly one inner codec: its codec.ts exports a `Wrapper`. */
  wraps?: boolean;
  /** Chooses a codec for every tensor instead of coding any: its codec.ts exports an `Assigner`. */
  assigns?: boolean;
  /**
   * `checkpoint`: W is coded in the orientation the checkpoint stores it in (GPT-2's Conv1D is [in, out]), as published
   * codecs do that flatten what they find. The artefact layer turns it; calibration is not available to such codecs.
   */
  orientation?: 'checkpoint';
}

export type PartKind = 'codes' | 'scales' | 'codebooks' | 'tables' | 'float';
export type PartDtype = 'U8' | 'I8' | 'F16' | 'BF16' | 'F32' | 'U32' | 'I32';

/** One stored piece of a tensor: `<tensor>.<suffix>` in the artefact. */
export interface PartLayout {
  suffix: string;
  kind: PartKind;
  dtype: PartDtype;
  /** Exact; with `variable` the largest it can be, one-dimensional. */
  shape: readonly number[];
  /** Entropy-coded and the like: as long as the data wants, up to `shape`. Decoders check its content (`damaged`). */
  variable?: true;
  /** Present for some tensors only. */
  optional?: true;
  /** A published byte layout kept exactly: U8 without padding to 4 bytes. */
  unpadded?: true;
  /** How to read codes out of it, for entropy coders: `rows` bitstreams (`bits.ts`), each padded to 4 bytes. */
  symbols?: { rows: number; perRow: number; bits: number };
}

/** Little-endian bytes by suffix; lengths are exactly those of the layout. */
export type Parts = ReadonlyMap<string, Uint8Array>;

/** Canonical [out, in]. */
export type MatrixShape = readonly [rows: number, columns: number];

/** What a codec gets to encode. Values are finite: the caller has checked and names the tensor otherwise. */
export interface SourceTensor {
  name: string;
  shape: MatrixShape;
  values: Float32Array;
}

export interface StoredTensor {
  name: string;
  shape: MatrixShape;
  options: CodecOptions;
  parts: Parts;
}

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
  /** Operations on the host, and those it does once for all tensors that read one activation. */
  host?: number;
  sharedHost?: number;
}

/** One folder, one default export from codec.ts. Adding a codec edits no existing line. */
export interface Codec {
  meta: CodecMeta;
  /** Parts and their shapes, known without encoding: gives file sizes to the opponent search. */
  layout(shape: MatrixShape, options: CodecOptions): readonly PartLayout[];
  /** WGSL encode. The caller owns the input; the returned bytes pass to the caller. */
  encode(tensor: SourceTensor, options: CodecOptions, context: CodecContext): Promise<Parts>;
  /**
   * Encodes all tensors that read one activation together, where they share something (a scale folded into the norm before
   * them); absent: one after the other by `encode`.
   */
  encodeGroup?(group: TensorGroup, options: CodecOptions, context: CodecContext): Promise<GroupResult>;
  /** Work of encoding with calibration, if the codec takes it; absent: hardly more than plain rounding. */
  encodeWork?(shape: MatrixShape, options: CodecOptions): EncodeWork;
  /** WGSL decode into `target`, from the stored bytes alone. */
  decode(stored: StoredTensor, target: DenseMatrix, context: CodecContext): Promise<void>;
  /** Multiplies straight from the packed form, never materialising a dense copy; undefined when these options have none. */
  linear?(stored: StoredTensor, context: CodecContext): Promise<LinearWeight | undefined>;
  /** True when `linear` also quantises what it reads: quality is then measured through it, not through dense weights. */
  quantisesActivations?(options: CodecOptions): boolean;
  reference: CodecReference;
  /** Largest |GPU − reference| of a decoded value as a share of the tensor's largest; absent: one unit in the last place. */
  decodeTolerance?: number;
  /** Largest |decode(encode(W)) − W| the definition allows, for the conformance suite; by group maximum |w|. */
  errorBound: (options: CodecOptions) => (groupMaximum: number) => number;
}

/** The definition in readable form: plain loops, float64 sums. */
export interface CodecReference {
  encode(
    values: Float32Array,
    shape: MatrixShape,
    options: CodecOptions,
    inputs?: ReferenceInputs,
    /** As `CodecContext.rowCounts`. */
    rowCounts?: Float32Array,
  ): Parts;
  decode: (parts: Parts, shape: MatrixShape, options: CodecOptions) => Float32Array;
}

/** A codec around another: `rans(rtn(bits=4))`. Default export of codec.ts where `meta.wraps`. */
export interface Wrapper {
  meta: CodecMeta;
  /**
   * The codec that results; its methods take the wrapper's own options.
   * @throws LabError bad-plan when it cannot wrap this codec
   */
  wrap(inner: Codec, innerOptions: CodecOptions): Codec;
}

/** Tensors of one block that read the same activation and have the same codec. */
export interface TensorGroup {
  tensors: readonly SourceTensor[];
  /** Present where the activation comes straight from a norm and nothing else reads it: norm ÷ s, W·diag(s) is the same model. */
  norm?: { weight: SourceTensor; bias?: SourceTensor };
}

export interface GroupResult {
  /** By tensor name. */
  parts: ReadonlyMap<string, Parts>;
  /** New values of the norm's tensors, by name. */
  replaced?: ReadonlyMap<string, Float32Array>;
  /** s [in]: the tensors were stored as W·diag(s) because the norm was divided by s. */
  columnScale?: Float32Array;
}

/** Chooses a codec for every tensor of a scope. Default export of codec.ts where `meta.assigns`. */
export interface Assigner {
  meta: CodecMeta;
  /** @returns a plain or wrapped codec for each tensor, by name. @throws LabError when the target cannot be met; Cancelled */
  assign(request: AssignRequest, options: CodecOptions): Promise<ReadonlyMap<string, CodecSpec>>;
  /** What it tries on each tensor, for estimates of time; absent: nothing. */
  trials?(options: CodecOptions): Trials;
}

export interface Trials {
  /** Codecs each tensor is encoded by; the file will hold one of them. */
  codecs: readonly CodecSpec[];
  /** Measurements of the loss per tensor. */
  lossRises: number;
}

/** A tensor to be given a codec. */
export interface AssignTensor {
  name: string;
  shape: MatrixShape;
  role: TensorRole;
  /** Block index; undefined outside the blocks. */
  block?: number;
}

/** What an assigner may know and try. Everything it measures is calibration data. */
export interface AssignRequest {
  tensors: readonly AssignTensor[];
  /** Transformer blocks of the model. */
  blocks: number;
  /** All parameters of the model, and the file bytes besides coded tensors and assets (rest, header estimate). */
  parameters: number;
  otherBytes: number;
  /** Encodes and decodes one tensor by one codec: stored bytes and errors. */
  trial(tensor: string, spec: CodecSpec): Promise<Trial>;
  /**
   * Rise of the mean loss in nats per token on the calibration text when this tensor alone is replaced by what `spec`
   * restores of it.
   */
  lossRise(tensor: string, spec: CodecSpec): Promise<number>;
  signal?: AbortSignal;
  onProgress?(fraction: number, step: string): void;
}

export interface Trial {
  bytes: number;
  /** ‖W − Ŵ‖² */
  squaredError: number;
  /** ‖(W − Ŵ)X‖² ÷ samples; absent where the tensor reads no calibrated activation. */
  outputError?: number;
}
