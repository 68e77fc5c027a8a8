/** Bytes turned at once: a multiple of 3, so that pieces join without padding between them. */
const PIECE = 3 * 8192;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let first = 0; first < bytes.length; first += PIECE)
    text += btoa(String.fromCharCode(...bytes.subarray(first, first + PIECE)));
  return text;
}

/** @returns undefined unless `text` is base64 */
export function fromBase64(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
