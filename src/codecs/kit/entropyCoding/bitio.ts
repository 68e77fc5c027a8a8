import { LabError } from '../../../base/errors';

/** Writes fields of a few bits, low bits first. */
export class BitWriter {
  private readonly bytes: number[] = [];
  private used = 0;

  get bits(): number {
    return this.used;
  }

  /** @param value 0 … 2^bits − 1, bits ≤ 24 */
  write(value: number, bits: number): void {
    for (let i = 0; i < bits; i++) {
      if (this.used % 8 === 0) this.bytes.push(0);
      if ((value >>> i) & 1) this.bytes[this.bytes.length - 1] |= 1 << (this.used % 8);
      this.used++;
    }
  }

  /** Rice code of a value ≥ 0: the quotient by 2^k in ones and a zero, then k bits. */
  rice(value: number, k: number): void {
    for (let q = value >>> k; q > 0; q--) this.write(1, 1);
    this.write(0, 1);
    this.write(value & ((1 << k) - 1), k);
  }

  /** Any integer 0 … 2^48: groups of seven bits, each after a bit that says whether one follows. */
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

/** Thrown by readers below the codec, which knows the tensor's name; the codec turns it into `damaged`. */
export class Damage extends LabError {
  constructor(problem: string) {
    super('bad-file', problem, 'Compress the model again, or download the file again.');
  }
}

/** Reads what `BitWriter` wrote. @throws Damage when the bytes end too early */
export class BitReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  read(bits: number): number {
    if (this.at + bits > 8 * this.bytes.length) throw new Damage('its tables end too early');
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
    throw new Damage('a number in its tables never ends');
  }

  /** Bytes begun so far. */
  get bytesRead(): number {
    return Math.ceil(this.at / 8);
  }
}

/** Signed integers as 0, 1, 2 …: 0, −1, 1, −2, 2 … */
export const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
export const unzigzag = (code: number) => (code % 2 ? -(code + 1) / 2 : code / 2);
