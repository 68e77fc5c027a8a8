/** An option of a codec as data. One generic form shows all options, and one parser checks them. */
export type OptionSpec = OptionKind & {
  /** Writes the option even at its default, because readers expect to see it, for example `bits`. */
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
      /** The allowed words. An option of both numbers and words (`group`: 8 … 256 or `row`) has its numbers as words. */
      values: readonly string[];
      default: string;
      unit?: string;
      term?: string;
    };

export type OptionValue = number | boolean | string;
/** Validated options of a codec: exactly one value for every option of its metadata. */
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
  /** The paper or specification, with a URL. */
  source: string;
  /** A description for the page, in one or two sentences. */
  notes: string;
  options: readonly OptionSpec[];
  needs: {
    /** Encoding needs statistics of the layers' inputs (`CodecContext.inputs`). */
    calibration?: boolean;
    /** The option value, or the values together, with which encoding needs no statistics. */
    calibrationUnless?: OptionIs | readonly OptionIs[];
    /** Encoding needs the inputs at each time step of a diffusion model. */
    timesteps?: boolean;
    /** What is coded is the difference from the tensor of a base model, which the artefact layer subtracts and adds again. */
    base?: boolean;
  };
  /**
   * Marks a codec for models that are trained with it. A record whose weights have a larger relative error carries the flag
   * `needs-training`.
   */
  needsTraining?: { relativeL2: number };
  /** The number of which a matrix's columns must be a multiple, for formats of fixed blocks. `encodeTensor` refuses others. */
  columnsMultiple?: number;
  /** Whether the codec takes exactly one inner codec. Its codec.ts then exports a `Wrapper`. */
  wraps?: boolean;
  /** Whether it chooses a codec for every tensor instead of coding tensors. Its codec.ts then exports an `Assigner`. */
  assigns?: boolean;
  /**
   * Marks a codec whose parts, or an assigner whose choices, are blocks of a GGUF file, always or with an option value.
   */
  storesGguf?: true | OptionIs;
  /**
   * What other tools can read of its parts: integers with scales, scaled 8-bit floats, or levels of a table. The codec then has
   * `packable`.
   */
  stores?: 'integers' | 'float8' | 'levels';
  /** The option value with which the parts have nothing that `stores` does not name. If absent, they never have. */
  storesIf?: OptionIs;
  /**
   * The orientation in which W is coded. With `checkpoint` it is that of the checkpoint (GPT-2's Conv1D is [in, out]), for published
   * codecs that flatten the stored matrix. The artefact layer transposes it. Calibration is not available to such codecs.
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
