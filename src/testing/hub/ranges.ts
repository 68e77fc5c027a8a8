import type { IncomingHttpHeaders } from 'node:http';

export interface ByteRange {
  begin: number;
  /** Exclusive. */
  end: number;
}

/**
 * What a request's Range asks for (RFC 9110, 14.2): undefined for the whole file, which also answers several ranges, a malformed one
 * and one whose If-Range no longer holds; `unsatisfiable` past the end.
 */
export function rangeOf(
  headers: IncomingHttpHeaders,
  size: number,
  etag: string,
): ByteRange | 'unsatisfiable' | undefined {
  const spec = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '');
  if (!spec || (spec[1] === '' && spec[2] === '')) return undefined;
  const condition = headers['if-range'];
  // Only a strong tag may match; dates are never sent by this server, so none does.
  if (condition !== undefined && (condition !== etag || etag.startsWith('W/'))) return undefined;
  return resolveRange(spec[1], spec[2], size);
}

function resolveRange(first: string, last: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length > 0 ? { begin: size - length, end: size } : 'unsatisfiable';
  }
  const begin = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (begin >= size) return 'unsatisfiable';
  return end > begin ? { begin, end } : undefined;
}
