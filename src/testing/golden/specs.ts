import type { CodecMeta, CodecSpec, OptionSpec, OptionValue } from '../../codecs/contract/meta';
import { codecMeta, codecMetas, needsCalibration, resolveCodec } from '../../codecs/contract/registry';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';

/** Compositions of codecs in addition to the entries of the registry. */
const COMPOSITIONS = ['rans(grid)', 'rans(hadamard(rtn))', 'hadamard(gptq)'];

/** Options that are set by hand, because the header of a small model takes several bits per weight and trials take time. */
const CHOSEN: Readonly<Record<string, readonly string[]>> = {
  allocate: ['allocate(bits=14)', 'allocate(bits=13,family=gptq,sensitivity=weight,damping=0.05)'],
};

/** A codec with options. */
export interface GoldenSpec {
  /** Its spelling. */
  name: string;
  spec: CodecSpec;
  isDefault: boolean;
}

/**
 * Returns all codecs, wrappers and assigners of the registry with default options and with one other choice of options. Those of diffusion
 * models are left out, because the models compressed here have no time steps.
 */
export function goldenSpecs(): GoldenSpec[] {
  const all = [
    ...[...codecMetas.values()].filter(({ needs }) => !needs.timesteps).flatMap(choices),
    ...COMPOSITIONS.map((text) => named(text, true)),
  ];
  // A codec without options has one entry.
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

function choices(meta: CodecMeta): GoldenSpec[] {
  const [preset, other] = CHOSEN[meta.id] ?? [spelling(meta, {}), spelling(meta, otherOptions(meta))];
  return [named(preset, true), named(other, false)];
}

function named(text: string, isDefault: boolean): GoldenSpec {
  const spec = parseCodec(text);
  return { name: formatCodec(spec), spec, isDefault };
}

function spelling({ id, wraps }: CodecMeta, options: Readonly<Record<string, OptionValue>>): string {
  const given = Object.entries(options).map(([key, value]) => `${key}=${value}`);
  return `${id}(${[...(wraps ? ['rtn'] : []), ...given].join(',')})`;
}

/** Returns another value for every option: the next of its values, or another number. */
export function otherOptions({ options }: CodecMeta): Record<string, OptionValue> {
  return Object.fromEntries(options.map((option) => [option.key, otherValue(option)]));
}

function otherValue(option: OptionSpec): OptionValue {
  if (option.kind === 'boolean') return !option.default;
  if (option.kind === 'choice') return next(option.values, option.default);
  if (option.values) return next(option.values, option.default);
  const { kind, min, max, default: preset } = option;
  if (kind === 'integer') return preset < max ? preset + 1 : preset - 1;
  return Math.max(min, preset === 0 ? max / 1000 : preset / 2);
}

function next<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length];
}

/** Returns whether a codec guarantees that equal weights give equal bytes on every adapter. */
export async function promisesEqualCodes(spec: CodecSpec): Promise<boolean> {
  if (needsCalibration(spec)) return false;
  if (codecMeta(spec.id).assigns) return true;
  const { decodeTolerance, equalCodes } = await resolveCodec(spec);
  if (decodeTolerance !== undefined || equalCodes?.(spec.options) === false) return false;
  return !spec.inner || promisesEqualCodes(spec.inner);
}
