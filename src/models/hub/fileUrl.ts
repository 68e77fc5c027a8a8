import type { ModelKey } from './paths';
import type { Hub } from './types';

/** Returns the URL of a file of a commit; the hub redirects requests for large files to another host. */
export function fileUrl({ origin }: Hub, { id, revision }: ModelKey, name: string): string {
  return `${origin}/${id}/resolve/${revision}/${encodeURIComponent(name)}`;
}
