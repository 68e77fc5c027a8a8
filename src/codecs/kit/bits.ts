// Every packed part is a bitstream of fixed-width codes: code i occupies bits [i·bits, (i + 1)·bits) of a little-endian stream, which is
// padded with zeros to a multiple of 4 bytes, so that kernels read it as array<u32>.

/** Computes the bytes of a stream of `count` codes, padded to a multiple of 4. */
export function bitstreamBytes(count: number, bits: number): number {
  return 4 * Math.ceil((count * bits) / 32);
}

/** Writes code `index` (0 … 2^bits − 1, bits ≤ 16) into a zeroed stream that starts at byte `base`. */
export function writeCode(stream: Uint8Array, base: number, index: number, bits: number, code: number): void {
  let at = index * bits;
  for (let left = bits; left > 0;) {
    const taken = Math.min(left, 8 - (at % 8));
    stream[base + Math.floor(at / 8)] |= (code & ((1 << taken) - 1)) << (at % 8);
    code >>>= taken;
    at += taken;
    left -= taken;
  }
}

/** Reads code `index` of a stream that starts at byte `base`. */
export function readCode(stream: Uint8Array, base: number, index: number, bits: number): number {
  let at = index * bits;
  let code = 0;
  for (let got = 0; got < bits;) {
    const taken = Math.min(bits - got, 8 - (at % 8));
    const piece = (stream[base + Math.floor(at / 8)] >>> (at % 8)) & ((1 << taken) - 1);
    code |= piece << got;
    at += taken;
    got += taken;
  }
  return code;
}
