/** The range of the bytes in a response with status 206. */
export interface ContentRange {
  begin: number;
  /** The offset after the last byte. */
  end: number;
  total: number;
}

/**
 * Parses a Content-Range such as `bytes 0-99/1000` (RFC 9110, 14.4).
 * @returns undefined for all others, including unknown totals
 */
export function parseContentRange(header: string | null): ContentRange | undefined {
  const found = /^\s*bytes\s+(\d{1,15})-(\d{1,15})\/(\d{1,15})\s*$/i.exec(header ?? '');
  if (!found) return undefined;
  const [begin, last, total] = found.slice(1).map(Number);
  return begin <= last && last < total ? { begin, end: last + 1, total } : undefined;
}

/** Returns the entity tag if it is strong, since only a strong one guarantees equal bytes (RFC 9110, 8.8.3). */
export function strongTag(header: string | null): string | undefined {
  return header !== null && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(header) ? header : undefined;
}
