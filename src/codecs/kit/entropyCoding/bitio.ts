import { LabError } from '../../../base/errors';

/** Writes fields of a few bits, lowest bit first. */
export class BitWriter {
  private readonly bytes: number[] = [];
  private used = 0;

  /** The number of bits written so far. */
  get bits(): number {
    return this.used;
  }

  /** Writes one field. @param value 0 … 2^bits − 1, bits ≤ 24 */
  write(value: number, bits: number): void {
    for (let i = 0; i < bits; i++) {
      if (this.used % 8 === 0) this.bytes.push(0);
      if ((value >>> i) & 1) this.bytes[this.bytes.length - 1] |= 1 << (this.used % 8);
      this.used++;
    }
  }

  /** Writes the Rice code of a value ≥ 0: the quotient by 2^k in unary, then k bits. */
  rice(value: number, k: number): void {
    for (let q = value >>> k; q > 0; q--) this.write(1, 1);
    this.write(0, 1);
    this.write(value & ((1 << k) - 1), k);
  }

  /** Writes an integer 0 … 2^48 in groups of seven bits, each after a bit that tells whether another follows. */
  varint(value: number): void {
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      const more = rest >= 128;
      this.write(Number(more), 1);
      this.write(rest % 128, 7);
      if (!more) return;
    }
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

/** The error of readers that do not know the tensor's name. The codec, which does, turns it into `damaged`. */
export class CorruptData extends LabError {
  constructor(problem: string) {
    super('bad-file', problem, 'Compress the model again, or download the file again.');
  }
}

/** Reads what `BitWriter` wrote. @throws CorruptData when the bytes end too early */
export class BitReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  read(bits: number): number {
    if (this.at + bits > 8 * this.bytes.length) throw new CorruptData('its tables end too early');
    let value = 0;
    for (let i = 0; i < bits; i++, this.at++)
      value |= ((this.bytes[this.at >>> 3] >>> (this.at & 7)) & 1) << i;
    return value;
  }

  rice(k: number): number {
    let quotient = 0;
    while (this.read(1)) quotient++;
    return quotient * 2 ** k + this.read(k);
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const more = this.read(1);
      value += this.read(7) * factor;
      if (!more) return value;
    }
    throw new CorruptData('a number in its tables is too long');
  }

  /** The number of bytes read so far, rounded up. */
  get bytesRead(): number {
    return Math.ceil(this.at / 8);
  }
}

/** Maps the signed integers 0, −1, 1, −2, 2 … to 0, 1, 2, 3, 4 … */
export const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
/** Inverts `zigzag`. */
export const unzigzag = (code: number) => (code % 2 ? -(code + 1) / 2 : code / 2);
