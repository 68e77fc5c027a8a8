import type { ModelKey } from './paths';
import type { Hub } from './types';

/** Where the hub gives a file of a commit out; large files it gives out elsewhere, by a redirect. */
export function fileUrl({ origin }: Hub, { id, revision }: ModelKey, name: string): string {
  return `${origin}/${id}/resolve/${revision}/${encodeURIComponent(name)}`;
}
