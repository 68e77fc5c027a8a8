import type { IncomingHttpHeaders } from 'node:http';

/** A range of bytes. */
export interface ByteRange {
  begin: number;
  /** The offset after the last byte. */
  end: number;
}

/**
 * Returns the range that a request's headers ask for (RFC 9110, 14.2). It is undefined for the whole file, which is also
 * the response to several ranges, a malformed range and an If-Range that does not match, and `unsatisfiable` beyond the
 * end.
 */
export function rangeOf(
  headers: IncomingHttpHeaders,
  size: number,
  etag: string,
): ByteRange | 'unsatisfiable' | undefined {
  const spec = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '');
  if (!spec || (spec[1] === '' && spec[2] === '')) return undefined;
  const condition = headers['if-range'];
  // Only a strong tag may match; this server sends no dates.
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
