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

/** A codec's metadata with the literal types `OptionsOf` reads. */
export function defineMeta<const M extends CodecMeta>(meta: M): M {
  return meta;
}

type ValueOf<Spec extends OptionSpec> = Spec extends { kind: 'choice'; values: readonly (infer Word)[] }
  ? Word
  : Spec extends { kind: 'boolean' }
    ? boolean
    : number;

/** The complete options of a codec by the kinds its metadata gives them: numbers, booleans and unions of words. */
export type OptionsOf<Meta extends Pick<CodecMeta, 'options'>> = {
  readonly [Spec in Meta['options'][number] as Spec['key']]: ValueOf<Spec>;
};
