import { damaged } from '../../contract/parts';

/** A little-endian field: its width in bytes and its value. */
export type HeaderField = readonly [bytes: 1 | 2 | 4, value: number];

/** Makes the bytes of a header. Everything in it follows from shape and options, so decoders only compare. */
export function headerBytes(fields: readonly HeaderField[]): Uint8Array {
  const bytes: number[] = [];
  for (const [width, value] of fields)
    for (let i = 0; i < width; i++) bytes.push(Math.floor(value / 2 ** (8 * i)) % 256);
  return Uint8Array.from(bytes);
}

/** Checks a stored header. @throws LabError bad-file naming the tensor unless it is the header that shape and options give */
export function checkHeader(name: string, stored: Uint8Array, fields: readonly HeaderField[]): void {
  const expected = headerBytes(fields);
  const at = expected.findIndex((byte, i) => byte !== stored[i]);
  if (at >= 0) throw damaged(name, `byte ${at} of its header disagrees with the tensor's shape and options`);
}
