import type { Parts } from '../codecs/contract/parts';

/** The bytes of a part that must be there. @throws Error naming the part */
export function partOf(parts: Parts, suffix: string): Uint8Array {
  const bytes = parts.get(suffix);
  if (!bytes) throw new Error(`There is no part ${suffix} among ${[...parts.keys()].join(', ')}.`);
  return bytes;
}
