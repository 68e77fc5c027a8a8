/** An option of a codec as data: one generic form shows it, and one parser checks it. */
export type OptionSpec = OptionKind & {
  /** The option is written out even at its default, because readers expect to see it, as they do `bits`. */
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
      /** The only values allowed, if given. */
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
      /** Words. Where an option takes both numbers and words (`group`: 8 … 256 or `row`), numbers are written as words. */
      values: readonly string[];
      default: string;
      unit?: string;
      term?: string;
    };

export type OptionValue = number | boolean | string;
/** Validated options of a codec: a value for every option of its metadata, and nothing else. */
export type CodecOptions = Readonly<Record<string, OptionValue>>;

/** A codec with its options, as a tree where codecs wrap others: `rans(hadamard(rtn(bits=4)))`. Defaults are filled in. */
export interface CodecSpec {
  id: string;
  options: CodecOptions;
  inner?: CodecSpec;
}

interface OptionIs {
  option: string;
  value: OptionValue;
}

/** The description of a codec: pure data, which the page imports without the codec's code. */
export interface CodecMeta {
  id: string;
  label: string;
  family: 'float' | 'round-to-nearest' | 'non-uniform' | 'outlier' | 'ternary' | (string & {});
  /** Paper or specification, with a URL. */
  source: string;
  /** One or two sentences for the page. */
  notes: string;
  options: readonly OptionSpec[];
  needs: {
    /** Encoding needs statistics of the layers' inputs (`CodecContext.inputs`). */
    calibration?: boolean;
    /** With this option value encoding needs no statistics after all; with a list, when all its values are set. */
    calibrationUnless?: OptionIs | readonly OptionIs[];
  };
  /**
   * The codec is meant for models that are trained with it: a record whose weights err by more than this share of their norm
   * carries the flag `needs-training`.
   */
  needsTraining?: { relativeL2: number };
  /** The columns of a matrix must be a multiple of this, as in formats of fixed blocks; `encodeTensor` refuses others. */
  columnsMultiple?: number;
  /** The codec takes exactly one inner codec: its codec.ts exports a `Wrapper`. */
  wraps?: boolean;
  /** It chooses a codec for every tensor instead of coding any: its codec.ts exports an `Assigner`. */
  assigns?: boolean;
  /**
   * With `checkpoint` W is coded in the orientation of the checkpoint (GPT-2's Conv1D is [in, out]), for published codecs that
   * flatten what they find. The artefact layer transposes it. Calibration is not available to such codecs.
   */
  orientation?: 'checkpoint';
}

/** Keeps the literal types of a codec's metadata, from which `OptionsOf` infers its options. */
export function defineMeta<const M extends CodecMeta>(meta: M): M {
  return meta;
}

type ValueOf<Spec extends OptionSpec> = Spec extends { kind: 'choice'; values: readonly (infer Word)[] }
  ? Word
  : Spec extends { kind: 'boolean' }
    ? boolean
    : number;

/** The options of a codec with the types of their kinds: numbers, booleans and unions of words. */
export type OptionsOf<Meta extends Pick<CodecMeta, 'options'>> = {
  readonly [Spec in Meta['options'][number] as Spec['key']]: ValueOf<Spec>;
};
