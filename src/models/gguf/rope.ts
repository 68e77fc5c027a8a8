import { rotaryFrequencies, yarnMagnitude, type RotaryAngles, type RotaryScaling } from '../rotary';
import { inexpressible, type RopeTensor } from './layout';
import { badField, float32, ggufString, uint32, type GgufEntries, type MetadataReader } from './values';

/** Divisors of the rotary frequencies in llama.cpp, a vector [rotaryDim/2]: of Llama 3.1, and of LongRoPE by length. */
const FREQUENCY_FACTORS = 'rope_freqs.weight';
const SHORT_FACTORS = 'rope_factors_short.weight';
const LONG_FACTORS = 'rope_factors_long.weight';
/** The names of all tensors that hold divisors of rotary frequencies. */
export const ROPE_TENSORS: readonly string[] = [FREQUENCY_FACTORS, SHORT_FACTORS, LONG_FACTORS];

/** YaRN's bounds, which llama.cpp takes where the file states none. */
const BETA_FAST = 32;
const BETA_SLOW = 1;
const DEFAULT_THETA = 10_000;

/** What a file says about rotary embeddings. */
interface FileRope {
  theta: number;
  /** The divisor of all positions; 1 for none. */
  factor: number;
  type: string;
  originalContext: number;
  /** The factor of cosines and sines beside that of YaRN. */
  magnitude: number;
}

/** What the rotary settings of a file are read with. */
interface RopeRead {
  /** Number of columns of a head that are rotated. */
  rotaryDim: number;
  context: number;
  /** Whether tensors of LongRoPE apply whatever the type says. */
  longByTensors?: boolean;
}

/**
 * Reads the rotary settings `<prefix>.rope.*` of a GGUF file, with the defaults of llama.cpp (`load_hparams` in llama-model.cpp).
 * @param tensors the file's `ROPE_TENSORS`
 * @returns `rope_theta` and `rope_scaling` of a config.json
 * @throws LabError bad-file with the key that is invalid or not supported
 */
export function readRope(
  metadata: MetadataReader,
  prefix: string,
  { rotaryDim, context, longByTensors = false }: RopeRead,
  tensors: ReadonlyMap<string, Float32Array>,
): Record<string, unknown> {
  const rope = fileRope(metadata, prefix, context);
  for (const [name, values] of tensors) checkDivisors(name, values, rotaryDim);
  if (rope.type === 'yarn') return yarnConfig(metadata, prefix, rope, tensors);
  const isLong = rope.type === 'longrope' || (longByTensors && tensors.has(LONG_FACTORS));
  const scaling = dividedConfig(
    prefix,
    { ...rope, type: isLong ? 'longrope' : rope.type },
    rotaryDim,
    tensors,
  );
  return { rope_theta: rope.theta, ...(scaling && { rope_scaling: scaling }) };
}

function fileRope(metadata: MetadataReader, prefix: string, context: number): FileRope {
  const at = `${prefix}.rope`;
  const type = metadata.optionalString(`${at}.scaling.type`) ?? 'linear';
  if (!['none', 'linear', 'yarn', 'longrope'].includes(type))
    throw badField(`${at}.scaling.type`, `is ${JSON.stringify(type.slice(0, 80))}, which is unknown`);
  const oldFactor = metadata.optionalNumber(`${at}.scale_linear`);
  const factor = metadata.optionalNumber(`${at}.scaling.factor`) ?? oldFactor ?? 0;
  const magnitude = metadata.optionalNumber(`${at}.scaling.attn_factor`) ?? 1;
  const originalContext = metadata.optionalInteger(`${at}.scaling.original_context_length`) ?? context;
  const logMultiplier = metadata.optionalNumber(`${at}.scaling.yarn_log_multiplier`) ?? 0;
  if (logMultiplier !== 0) throw badField(`${at}.scaling.yarn_log_multiplier`, 'is not 0');
  if (!(magnitude > 0)) throw badField(`${at}.scaling.attn_factor`, `is ${magnitude}`);
  if (!(factor >= 0)) throw badField(`${at}.scaling.factor`, `is ${factor}`);
  return {
    theta: metadata.optionalNumber(`${at}.freq_base`) ?? DEFAULT_THETA,
    // 0 stands for no scaling; with the type "none" the factor has no effect.
    factor: type === 'none' || factor === 0 ? 1 : factor,
    ...{ type, originalContext, magnitude },
  };
}

function checkDivisors(name: string, values: Float32Array, rotaryDim: number): void {
  if (values.length !== rotaryDim / 2)
    throw badField(name, `has ${values.length} values, but ${rotaryDim / 2} pairs of columns are rotated`);
  const bad = values.find((x) => !(x > 0 && Number.isFinite(x)));
  if (bad !== undefined) throw badField(name, `holds ${bad}`);
}

/** Returns a `rope_scaling` that divides the frequencies, or undefined if nothing is scaled. */
function dividedConfig(
  prefix: string,
  { factor, type, originalContext, magnitude }: FileRope,
  rotaryDim: number,
  tensors: ReadonlyMap<string, Float32Array>,
): Record<string, unknown> | undefined {
  const divisors = (name: string) =>
    Array.from(tensors.get(name) ?? new Float32Array(rotaryDim / 2).fill(1), (x) => x * factor);
  const [short, long] =
    type === 'longrope'
      ? [divisors(SHORT_FACTORS), divisors(LONG_FACTORS)]
      : [divisors(FREQUENCY_FACTORS), divisors(FREQUENCY_FACTORS)];
  const unused = [...tensors.keys()].find((name) => (name === FREQUENCY_FACTORS) === (type === 'longrope'));
  if (unused !== undefined)
    throw badField(unused, `is not used with ${prefix}.rope.scaling.type ${JSON.stringify(type)}`);
  if (magnitude === 1 && tensors.size === 0)
    return factor === 1 ? undefined : { rope_type: 'linear', factor };
  return {
    rope_type: 'longrope',
    ...{ short_factor: short, long_factor: long, attention_factor: magnitude },
    ...{ original_max_position_embeddings: originalContext },
  };
}

function yarnConfig(
  metadata: MetadataReader,
  prefix: string,
  { theta, factor, originalContext, magnitude }: FileRope,
  tensors: ReadonlyMap<string, Float32Array>,
): Record<string, unknown> {
  const at = `${prefix}.rope.scaling`;
  const [tensor] = tensors.keys();
  if (tensor !== undefined) throw badField(tensor, `stands beside ${at}.type "yarn", which is not supported`);
  const extrapolation = metadata.optionalNumber(`${at}.yarn_ext_factor`) ?? 1;
  if (extrapolation !== 1) throw badField(`${at}.yarn_ext_factor`, `is ${extrapolation}, not 1`);
  const own = metadata.optionalNumber(`${at}.yarn_attn_factor`) ?? 1;
  if (own !== 1) throw badField(`${at}.yarn_attn_factor`, `is ${own}, not 1`);
  return {
    rope_theta: theta,
    rope_scaling: {
      ...{ rope_type: 'yarn', factor, original_max_position_embeddings: originalContext },
      attention_factor: magnitude * yarnMagnitude(factor),
      beta_fast: metadata.optionalNumber(`${at}.yarn_beta_fast`) ?? BETA_FAST,
      beta_slow: metadata.optionalNumber(`${at}.yarn_beta_slow`) ?? BETA_SLOW,
    },
  };
}

/**
 * Returns the keys, without the architecture's prefix, that make llama.cpp rotate by these angles.
 * @throws LabError unsupported for angles that llama.cpp does not have
 */
export function ropeEntries({ headWidth, rotaryDim = headWidth, theta, scaling }: RotaryAngles): GgufEntries {
  return [
    ['rope.dimension_count', uint32(rotaryDim)],
    ['rope.freq_base', float32(theta)],
    ...(scaling ? scalingEntries(scaling) : []),
  ];
}

function scalingEntries(scaling: RotaryScaling): GgufEntries {
  switch (scaling.type) {
    case 'linear':
      return [
        ['rope.scaling.type', ggufString('linear')],
        ['rope.scaling.factor', float32(scaling.factor)],
      ];
    case 'dynamic':
      throw inexpressible('rope_scaling', 'is dynamic');
    case 'llama3':
      // llama.cpp has no such type: it reads the divisors from a tensor.
      return [];
    case 'yarn':
      return yarnEntries(scaling);
    case 'longrope':
      return [
        ['rope.scaling.type', ggufString('longrope')],
        ['rope.scaling.original_context_length', uint32(scaling.originalContext)],
        ['rope.scaling.attn_factor', float32(scaling.magnitude)],
      ];
  }
}

function yarnEntries(scaling: Extract<RotaryScaling, { type: 'yarn' }>): GgufEntries {
  const { factor, originalContext, betaFast, betaSlow, truncate, magnitude } = scaling;
  if (!truncate) throw inexpressible('truncate of rope_scaling', 'is false');
  if (betaFast !== BETA_FAST || betaSlow !== BETA_SLOW)
    throw inexpressible('beta_fast or beta_slow of rope_scaling', `is not ${BETA_FAST} and ${BETA_SLOW}`);
  const beside = magnitude / yarnMagnitude(factor);
  return [
    ['rope.scaling.type', ggufString('yarn')],
    ['rope.scaling.factor', float32(factor)],
    ['rope.scaling.original_context_length', uint32(originalContext)],
    ...(beside === 1 ? [] : ([['rope.scaling.attn_factor', float32(beside)]] as GgufEntries)),
  ];
}

/** Returns the tensors that make llama.cpp rotate by these angles, besides `ropeEntries`. */
export function ropeTensors({
  headWidth,
  rotaryDim = headWidth,
  theta,
  scaling,
}: RotaryAngles): RopeTensor[] {
  if (scaling?.type === 'longrope')
    return [
      { name: LONG_FACTORS, values: Float32Array.from(scaling.longFactors) },
      { name: SHORT_FACTORS, values: Float32Array.from(scaling.shortFactors) },
    ];
  if (scaling?.type !== 'llama3') return [];
  const plain = rotaryFrequencies({ headWidth, rotaryDim, theta }, 1).frequencies;
  const scaled = rotaryFrequencies({ headWidth, rotaryDim, theta, scaling }, 1).frequencies;
  return [{ name: FREQUENCY_FACTORS, values: Float32Array.from(plain, (f, i) => f / scaled[i]) }];
}
