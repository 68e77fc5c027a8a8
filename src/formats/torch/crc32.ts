/** CRC-32 as zip uses it (reflected polynomial 0xedb88320), computed four bytes at a time (slicing-by-4). */

const SLICES = 4;
let tables: Uint32Array[] | undefined;

/** Tables in which entry [k][b] is the contribution of byte b when k bytes follow it in its group of four. */
function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  const made = [first];
  while (made.length < SLICES)
    made.push(made[made.length - 1].map((value) => first[value & 255] ^ (value >>> 8)));
  return made;
}

/**
 * Returns the CRC-32 of the bytes as an unsigned 32-bit integer.
 * @param before the CRC-32 of the bytes that precede them
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3] = (tables ??= makeTables());
  const whole = bytes.length - (bytes.length % SLICES);
  let crc = ~before;
  for (let i = 0; i < whole; i += SLICES) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc = t3[crc & 255] ^ t2[(crc >>> 8) & 255] ^ t1[(crc >>> 16) & 255] ^ t0[crc >>> 24];
  }
  for (let i = whole; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
