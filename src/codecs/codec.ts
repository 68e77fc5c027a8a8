import type { Gpu } from '../gpu/gpu';
import type { LinearWeight } from '../runtime/linear';
import type { DenseMatrix } from '../runtime/matrix';

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
  needs: { calibration?: boolean; base?: boolean; seed?: boolean };
  /** A wrapper takes exactly one inner codec. */
  wraps?: boolean;
}

export type PartKind = 'codes' | 'scales' | 'codebooks' | 'tables' | 'float';
export type PartDtype = 'U8' | 'I8' | 'F16' | 'BF16' | 'F32' | 'U32' | 'I32';

/** One stored piece of a tensor: `<tensor>.<suffix>` in the artefact. */
export interface PartLayout {
  suffix: string;
  kind: PartKind;
  dtype: PartDtype;
  shape: readonly number[];
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
  /** Inputs of this tensor's linear layer from calibration, [samples, in]; absent for uncalibrated codecs. */
  inputs?: DenseMatrix;
}

/** One folder, one default export from codec.ts. Adding a codec edits no existing line. */
export interface Codec {
  meta: CodecMeta;
  /** Parts and their exact shapes, known without encoding: gives file sizes to the opponent search. */
  layout(shape: MatrixShape, options: CodecOptions): readonly PartLayout[];
  /** WGSL encode. The caller owns the input; the returned bytes pass to the caller. */
  encode(tensor: SourceTensor, options: CodecOptions, context: CodecContext): Promise<Parts>;
  /** WGSL decode into `target`, from the stored bytes alone. */
  decode(stored: StoredTensor, target: DenseMatrix, context: CodecContext): Promise<void>;
  /** Multiplies straight from the packed form, never materialising a dense copy; undefined when these options have none. */
  linear?(stored: StoredTensor, context: CodecContext): Promise<LinearWeight | undefined>;
  reference: CodecReference;
  /** Largest |decode(encode(W)) − W| the definition allows, for the conformance suite; by group maximum |w|. */
  errorBound(options: CodecOptions): (groupMaximum: number) => number;
}

/** The definition in readable form: plain loops, float64 sums. */
export interface CodecReference {
  encode(values: Float32Array, shape: MatrixShape, options: CodecOptions): Parts;
  decode(parts: Parts, shape: MatrixShape, options: CodecOptions): Float32Array;
}
