/** Returns a random integer from 0 to n − 1. */
export type Below = (n: number) => number;
/** Breaks a file in place or returns a broken copy. */
export type Mutate = (bytes: Uint8Array, below: Below) => Uint8Array;

/** Sizes at which arithmetic tends to fail. */
const EDGES = [
  0n,
  1n,
  2n,
  13n,
  2n ** 16n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Mutations for all formats: a changed byte, bit or size, a truncation, a removed range, a repeated range. */
export const MUTATIONS: readonly Mutate[] = [
  (bytes, below) => {
    bytes[below(bytes.length)] = below(256);
    return bytes;
  },
  (bytes, below) => {
    bytes[below(bytes.length)] ^= 1 << below(8);
    return bytes;
  },
  (bytes, below) => {
    if (bytes.length < 8) return bytes;
    viewOf(bytes).setBigUint64(below(bytes.length - 7), EDGES[below(EDGES.length)], true);
    return bytes;
  },
  (bytes, below) => bytes.slice(0, below(bytes.length + 1)),
  (bytes, below) => joined(bytes.subarray(0, below(bytes.length)), bytes.subarray(below(bytes.length))),
  (bytes, below) => {
    const at = below(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(at, at + below(64)), bytes.subarray(at));
  },
];

/** Returns the concatenation of the parts. */
export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
