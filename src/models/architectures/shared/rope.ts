import * as v from 'valibot';
import { issuePath, issueReason } from '../../../base/issue';
import { quoted } from '../../../base/shown';
import { yarnMagnitude, type RotaryAngles, type RotaryScaling } from '../../rotary';
import { fields, unsupportedConfig } from './config';

type Config = Readonly<Record<string, unknown>>;
type ScalingType = RotaryScaling['type'] | 'default';

/** How an architecture spells its rotary settings, and which of them transformers implements for it. */
export interface RopeRules {
  architecture: string;
  headWidth: number;
  /** `max_position_embeddings`, in tokens. */
  context: number;
  /** The default of `original_max_position_embeddings`, if it does not come from the rotary settings. */
  originalContext?: number;
  /** Fields of config.json for values that the rotary settings do not have. */
  names?: { theta: string; partialFactor: string };
  /** Whether only the first columns of a head may be rotated, and the fraction where config.json states none. */
  partial?: { factor: number };
  /** The types that transformers implements for this architecture; default: all. */
  types?: readonly ScalingType[];
  /** Older names of types. */
  aliases?: Readonly<Record<string, ScalingType>>;
}

/** The fields of a rotary step that config.json decides. */
export type RopeSettings = Pick<RotaryAngles, 'theta' | 'rotaryDim' | 'scaling'>;

const NAMES = { theta: 'rope_theta', partialFactor: 'partial_rotary_factor' };
const DEFAULT_THETA = 10_000;
/** Names under which newer versions of transformers nest the settings of each kind of layer. */
const LAYER_TYPES = ['full_attention', 'sliding_attention', 'chunked_attention', 'linear_attention'];

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(1e9));
const scale = v.pipe(v.number(), v.minValue(1), v.maxValue(1e6));
const divisors = v.pipe(v.array(positive), v.maxLength(256));
const optional = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema));

const common = {
  rope_type: v.optional(v.string()),
  type: v.optional(v.string()),
  rope_theta: v.optional(fields.theta),
  partial_rotary_factor: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
};

/** The settings of each type. Any other setting is refused, since it may be one that changes the angles. */
const settings = {
  default: v.strictObject({ ...common, factor: optional(v.literal(1)) }),
  linear: v.strictObject({ ...common, factor: scale }),
  dynamic: v.strictObject({ ...common, factor: scale }),
  llama3: v.strictObject({
    ...common,
    factor: scale,
    low_freq_factor: positive,
    high_freq_factor: positive,
    original_max_position_embeddings: v.optional(fields.context),
  }),
  yarn: v.strictObject({
    ...common,
    factor: optional(scale),
    original_max_position_embeddings: v.optional(fields.context),
    attention_factor: optional(positive),
    beta_fast: optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1e6))),
    beta_slow: optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1e6))),
    mscale: optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1e3))),
    mscale_all_dim: optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1e3))),
    truncate: v.optional(v.boolean()),
    /** Of the paper's own models; transformers does not read it. */
    finetuned: optional(v.boolean()),
  }),
  longrope: v.strictObject({
    ...common,
    factor: optional(scale),
    original_max_position_embeddings: v.optional(fields.context),
    attention_factor: optional(positive),
    short_factor: divisors,
    long_factor: divisors,
  }),
};
type Settings<T extends ScalingType> = v.InferOutput<(typeof settings)[T]>;

/**
 * Reads the rotary settings of a config.json as transformers 5 does: `rope_scaling` comes before `rope_parameters`, and values
 * inside them before those beside them.
 * @throws LabError unsupported with the field that is invalid, unknown or not implemented
 */
export function ropeSettings(config: Config, rules: RopeRules): RopeSettings {
  const { architecture, names = NAMES } = rules;
  const { field, raw } = chosenSettings(architecture, config);
  const type = typeOf(field, raw, rules);
  const own = checked(architecture, field, settings[type], raw);
  const beside = <S extends v.GenericSchema>(name: string, schema: S) =>
    checked(architecture, name, schema, config[name]);
  const theta = own.rope_theta ?? beside(names.theta, common.rope_theta) ?? DEFAULT_THETA;
  const rotaryDim = rotaryDimOf(
    rules,
    own.partial_rotary_factor ?? beside(names.partialFactor, common.partial_rotary_factor),
  );
  const originalContext =
    beside('original_max_position_embeddings', optional(fields.context)) ??
    rules.originalContext ??
    ('original_max_position_embeddings' in own ? own.original_max_position_embeddings : undefined) ??
    rules.context;
  const columns = rotaryDim ?? rules.headWidth;
  const scaling = scalingOf({ type, own, field, rules, originalContext, columns });
  if (type === 'yarn' && theta === 1)
    throw unsupportedConfig(architecture, names.theta, 'YaRN needs a base above 1');
  return { theta, ...(rotaryDim !== undefined && { rotaryDim }), ...(scaling && { scaling }) };
}

/** Returns the longest sequence a model is made for, in tokens: dynamic scaling extends the context of its config. */
export function rotaryContext({ scaling }: RopeSettings, context: number): number {
  return scaling?.type === 'dynamic' ? Math.floor(context * scaling.factor) : context;
}

/** Returns the rotary settings that transformers reads, and the path of their field. */
function chosenSettings(architecture: string, config: Config): { field: string; raw: Config } {
  for (const field of ['rope_scaling', 'rope_parameters']) {
    const given = config[field];
    if (given === undefined || given === null) continue;
    if (typeof given !== 'object' || Array.isArray(given))
      throw unsupportedConfig(architecture, field, 'it is not an object');
    if (Object.keys(given).length > 0) return ofLayers(architecture, field, given as Config);
  }
  return { field: 'rope_parameters', raw: {} };
}

/** Returns the settings of layers with full attention, which all layers are, where they are nested by the type of layer. */
function ofLayers(architecture: string, field: string, given: Config): { field: string; raw: Config } {
  const types = Object.keys(given).filter((key) => LAYER_TYPES.includes(key));
  if (types.length === 0) return { field, raw: given };
  const beside = Object.keys(given).find((key) => !LAYER_TYPES.includes(key));
  if (beside !== undefined)
    throw unsupportedConfig(
      architecture,
      `${field}.${beside.slice(0, 80)}`,
      `it stands beside settings of ${types[0]}`,
    );
  const full = given.full_attention;
  if (typeof full !== 'object' || full === null || Array.isArray(full))
    throw unsupportedConfig(architecture, `${field}.full_attention`, 'it is not an object');
  return { field: `${field}.full_attention`, raw: full as Config };
}

function typeOf(field: string, raw: Config, { architecture, types, aliases = {} }: RopeRules): ScalingType {
  const key = 'rope_type' in raw ? 'rope_type' : 'type';
  const name = key in raw ? raw[key] : 'default';
  const known = typeof name === 'string' && Object.hasOwn(aliases, name) ? aliases[name] : name;
  const allowed = types ?? (Object.keys(settings) as ScalingType[]);
  const found = allowed.find((type) => type === known);
  if (found) return found;
  const shown = typeof name === 'string' ? quoted(name) : `of type ${typeof name}`;
  throw unsupportedConfig(
    architecture,
    `${field}.${key}`,
    `it is ${shown}, not one of ${allowed.join(', ')}`,
  );
}

function checked<S extends v.GenericSchema>(
  architecture: string,
  field: string,
  schema: S,
  value: unknown,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const inner = issuePath(issue);
  const path = inner === undefined ? field : `${field}.${inner}`;
  throw unsupportedConfig(architecture, path, issueReason(issue));
}

/** Returns the number of columns of a head that are rotated, or undefined where whole heads always are. */
function rotaryDimOf(rules: RopeRules, given: number | undefined): number | undefined {
  const { architecture, headWidth, partial, names = NAMES } = rules;
  if (!partial) {
    if (given === undefined || given === 1) return undefined;
    throw unsupportedConfig(architecture, names.partialFactor, `it is ${given}, but whole heads are rotated`);
  }
  const rotaryDim = Math.floor(headWidth * (given ?? partial.factor));
  if (rotaryDim > 0 && rotaryDim % 2 === 0) return rotaryDim;
  throw unsupportedConfig(
    architecture,
    names.partialFactor,
    `it rotates ${rotaryDim} columns of a head, which is not a positive even number`,
  );
}

interface ScalingParts {
  type: ScalingType;
  own: Settings<ScalingType>;
  field: string;
  rules: RopeRules;
  originalContext: number;
  /** Number of columns of a head that are rotated. */
  columns: number;
}

function scalingOf(parts: ScalingParts): RotaryScaling | undefined {
  const { type, own, field, rules, originalContext, columns } = parts;
  switch (type) {
    case 'default':
      return undefined;
    case 'linear':
      return { type, factor: (own as Settings<'linear'>).factor };
    case 'dynamic':
      if (columns <= 2)
        throw unsupportedConfig(
          rules.architecture,
          `${field}.factor`,
          'dynamic scaling needs more than 2 rotated columns',
        );
      return { type, factor: (own as Settings<'dynamic'>).factor, context: rules.context };
    case 'llama3':
      return llama3Scaling(own as Settings<'llama3'>, parts);
    case 'yarn':
      return yarnScaling(own, rules.context / originalContext, originalContext);
    case 'longrope':
      return longropeScaling(own as Settings<'longrope'>, parts);
  }
}

function llama3Scaling(
  own: Settings<'llama3'>,
  { field, rules, originalContext }: ScalingParts,
): RotaryScaling {
  const { factor, low_freq_factor: lowFactor, high_freq_factor: highFactor } = own;
  if (highFactor <= lowFactor)
    throw unsupportedConfig(
      rules.architecture,
      `${field}.high_freq_factor`,
      `it is ${highFactor}, but must exceed low_freq_factor, ${lowFactor}`,
    );
  return { type: 'llama3', factor, lowFactor, highFactor, originalContext };
}

function yarnScaling(own: Settings<'yarn'>, ratio: number, originalContext: number): RotaryScaling {
  const factor = own.factor ?? ratio;
  const { mscale, mscale_all_dim: allDimensions } = own;
  const magnitude =
    own.attention_factor ??
    (mscale && allDimensions
      ? yarnMagnitude(factor, mscale) / yarnMagnitude(factor, allDimensions)
      : yarnMagnitude(factor));
  // transformers replaces a bound of 0 by the default as well.
  const [betaFast, betaSlow] = [own.beta_fast || 32, own.beta_slow || 1];
  return {
    type: 'yarn',
    factor,
    originalContext,
    betaFast,
    betaSlow,
    truncate: own.truncate ?? true,
    magnitude,
  };
}

function longropeScaling(
  own: Settings<'longrope'>,
  { field, rules, originalContext, columns }: ScalingParts,
): RotaryScaling {
  for (const name of ['short_factor', 'long_factor'] as const)
    if (own[name].length !== columns / 2)
      throw unsupportedConfig(
        rules.architecture,
        `${field}.${name}`,
        `it has ${own[name].length} values, but ${columns / 2} pairs of columns are rotated`,
      );
  const factor = own.factor ?? rules.context / originalContext;
  const magnitude =
    own.attention_factor ?? (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalContext)));
  if (!Number.isFinite(magnitude))
    throw unsupportedConfig(
      rules.architecture,
      'original_max_position_embeddings',
      `it is ${originalContext}, for which LongRoPE has no attention factor`,
    );
  return {
    type: 'longrope',
    ...{ shortFactors: own.short_factor, longFactors: own.long_factor, originalContext, magnitude },
  };
}
