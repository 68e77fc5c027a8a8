/**
 * Philox4×32-10, a counter-based generator (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011). Every value is a pure function of (seed, stream, index), so TypeScript and WGSL draw the same numbers in any
 * order. Counter = (block, 0, stream, 0), key = (seed low, seed high); a block holds four 32-bit words.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const WORDS = 4;

export type Words4 = [number, number, number, number];

/** Returns the upper 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const carry = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** Returns one block of the generator: four unsigned 32-bit words. */
export function philox4x32(counter: Readonly<Words4>, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * Random numbers keyed by (seed, stream, index). Methods named `…At` take an index; those named `next…` advance an
 * internal one.
 */
export class KeyedRandom {
  private readonly key: readonly [number, number];
  private readonly stream: number;
  private block: Words4 | undefined;
  private blockIndex = -1;
  private index = 0;

  /**
   * @param seed a non-negative integer below 2^53
   * @param stream an unsigned 32-bit integer that names the purpose
   */
  constructor(seed: number, stream = 0) {
    this.key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
    this.stream = stream >>> 0;
  }

  /** Returns the word at `index` (below 2^34) of the stream, an unsigned 32-bit integer. */
  uint32At(index: number): number {
    const block = Math.floor(index / WORDS);
    if (block !== this.blockIndex || !this.block) {
      this.block = philox4x32([block >>> 0, 0, this.stream, 0], this.key);
      this.blockIndex = block;
    }
    return this.block[index % WORDS];
  }

  /** Returns the number at `index`, uniform in [0, 1) with 24 bits, exact in float32. */
  uniformAt(index: number): number {
    return (this.uint32At(index) >>> 8) / 2 ** 24;
  }

  /** Returns the next word, an unsigned 32-bit integer. */
  nextUint32(): number {
    return this.uint32At(this.index++);
  }

  /** Returns the next number, uniform in [0, 1) with 24 bits. */
  nextUniform(): number {
    return this.uniformAt(this.index++);
  }

  /** Returns the next standard normal number, by Box and Muller (1958), from two words. */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextUniform()));
    return radius * Math.cos(2 * Math.PI * this.nextUniform());
  }
}
