/** Bytes converted at once: a multiple of 3, so that the pieces need no padding between them. */
const PIECE = 3 * 8192;

/** Encodes bytes in base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let first = 0; first < bytes.length; first += PIECE)
    text += btoa(String.fromCharCode(...bytes.subarray(first, first + PIECE)));
  return text;
}

/** Decodes base64. @returns undefined unless `text` is valid */
export function fromBase64(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
