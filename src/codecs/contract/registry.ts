import { LabError } from '../../base/errors';
import type { Codec } from './codec';
import type { Wrapper } from './wrapper';
import type { CodecMeta, CodecOptions, CodecSpec } from './meta';
import type { Assigner } from './assigner';

const METAS = import.meta.glob<CodecMeta>('../methods/**/meta.ts', { import: 'default', eager: true });
const CODECS = import.meta.glob<Codec | Wrapper | Assigner>('../methods/**/codec.ts', { import: 'default' });

/** The descriptions of all codecs by id. They are found by their folders. */
export const codecMetas: ReadonlyMap<string, CodecMeta> = new Map(
  Object.values(METAS).map((meta) => [meta.id, meta]),
);

const loaders = new Map(
  Object.entries(METAS).map(([path, meta]) => [meta.id, CODECS[path.replace('meta.ts', 'codec.ts')]]),
);

/** Finds the description of a codec. @throws LabError bad-plan naming the known codecs */
export function codecMeta(id: string): CodecMeta {
  const meta = codecMetas.get(id);
  if (meta) return meta;
  const known = [...codecMetas.keys()].sort().join(', ');
  throw new LabError('bad-plan', `There is no codec "${id}".`, `Known codecs: ${known}.`);
}

/**
 * Loads the code of a codec and of the codecs it wraps.
 * @throws LabError bad-plan for an unknown id or for an assigner
 */
export async function resolveCodec(spec: CodecSpec): Promise<Codec> {
  const meta = codecMeta(spec.id);
  if (meta.assigns)
    throw new LabError(
      'bad-plan',
      `${spec.id} chooses codecs for a whole model; it cannot code one tensor.`,
      'Use it on its own, not inside another codec.',
    );
  const loaded = await loaders.get(spec.id)!();
  if (!meta.wraps) return loaded as Codec;
  const inner = spec.inner!;
  const wrapped = (loaded as Wrapper).wrap(await resolveCodec(inner), inner.options);
  innerSpecs.set(wrapped, inner);
  return wrapped;
}

/** The codec inside each codec that a wrapper has made. */
const innerSpecs = new WeakMap<Codec, CodecSpec>();

/** Returns what `resolveCodec` makes this codec from. */
export function codecSpecOf(codec: Codec, options: CodecOptions): CodecSpec {
  const inner = innerSpecs.get(codec);
  return { id: codec.meta.id, options, ...(inner && { inner }) };
}

/** Loads the code of an assigner. @throws LabError bad-plan for the id of any other codec */
export async function loadAssigner(id: string): Promise<Assigner> {
  if (!codecMeta(id).assigns)
    throw new LabError('bad-plan', `${id} does not assign codecs.`, 'Use it as a codec.');
  return (await loaders.get(id)!()) as Assigner;
}

/** Whether everything that this codec stores are blocks of a GGUF file. */
export function storesGguf({ id, options }: CodecSpec): boolean {
  const stores = codecMeta(id).storesGguf ?? false;
  return typeof stores === 'boolean' ? stores : options[stores.option] === stores.value;
}

/** Whether this codec codes the difference from a base model. */
export function needsBase({ id, inner }: CodecSpec): boolean {
  return codecMeta(id).needs.base === true || (inner !== undefined && needsBase(inner));
}

/** Whether this codec needs the time steps of a diffusion model, which no other model has. */
export function needsTimesteps({ id, inner }: CodecSpec): boolean {
  return codecMeta(id).needs.timesteps === true || (inner !== undefined && needsTimesteps(inner));
}

/** Returns what other tools can read of a codec's parts; undefined if they cannot read them all. */
export function storesForOthers({ id, options }: CodecSpec): CodecMeta['stores'] {
  const { stores, storesIf } = codecMeta(id);
  return !storesIf || options[storesIf.option] === storesIf.value ? stores : undefined;
}

/** Whether encoding with this codec needs statistics of the layers' inputs. */
export function needsCalibration(spec: CodecSpec): boolean {
  const { calibration, calibrationUnless } = codecMeta(spec.id).needs;
  const unless = [calibrationUnless ?? []].flat();
  const isUnused = unless.length > 0 && unless.every(({ option, value }) => spec.options[option] === value);
  const own = calibration === true && !isUnused;
  return own || (spec.inner !== undefined && needsCalibration(spec.inner));
}
