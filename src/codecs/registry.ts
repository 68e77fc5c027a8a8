import { LabError } from '../base/errors';
import type { Codec, CodecMeta } from './codec';

const METAS = import.meta.glob<CodecMeta>('./*/meta.ts', { import: 'default', eager: true });
const CODECS = import.meta.glob<Codec>('./*/codec.ts', { import: 'default' });

/** Every codec's description by id; adding a folder adds an entry. */
export const codecMetas: ReadonlyMap<string, CodecMeta> = new Map(
  Object.values(METAS).map((meta) => [meta.id, meta]),
);

const loaders = new Map(
  Object.entries(METAS).map(([path, meta]) => [meta.id, CODECS[path.replace('meta.ts', 'codec.ts')]]),
);

/** @throws LabError bad-plan naming the known codecs */
export function codecMeta(id: string): CodecMeta {
  const meta = codecMetas.get(id);
  if (meta) return meta;
  const known = [...codecMetas.keys()].sort().join(', ');
  throw new LabError('bad-plan', `There is no codec "${id}".`, `Known codecs: ${known}.`);
}

/** Loads a codec's code. @throws LabError bad-plan for an unknown id */
export async function loadCodec(id: string): Promise<Codec> {
  codecMeta(id);
  return loaders.get(id)!();
}
