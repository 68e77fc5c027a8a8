/** Where the bytes of a 206 answer belong. */
export interface ContentRange {
  begin: number;
  /** Exclusive. */
  end: number;
  total: number;
}

/** `bytes 0-99/1000` (RFC 9110, 14.4). @returns undefined for anything else, an unknown total included */
export function parseContentRange(header: string | null): ContentRange | undefined {
  const found = /^\s*bytes\s+(\d{1,15})-(\d{1,15})\/(\d{1,15})\s*$/i.exec(header ?? '');
  if (!found) return undefined;
  const [begin, last, total] = found.slice(1).map(Number);
  return begin <= last && last < total ? { begin, end: last + 1, total } : undefined;
}

/** Only a strong tag says that the bytes are the same ones (RFC 9110, 8.8.3). */
export function strongTag(header: string | null): string | undefined {
  return header !== null && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(header) ? header : undefined;
}
