import { floatToHalfBits, halfBitsToFloat } from '../../../base/float16';
import { LEVELS, levelIndex } from '../../../formats/gguf/levels';
import { limited, nearestInteger } from '../../../formats/gguf/scaleSearch';
import { BLOCK_FIELDS, type BlockFields } from './fields';
import type { BlocksLayout } from './layout';
import { readBlock, writeBlock, type BlockContent, type GroupScales } from './packing';

const f = Math.fround;
/** How often scale and minimum of a group are searched in turns. */
const ROUNDS = 2;
/** In the first round neighbours of a float16 scale are apart by this share of it, those of a minimum by this share of the scale. */
const SCALE_STEP = 1 / 64;
const MINIMUM_STEP = 1 / 16;
/** The share of that distance in the next round. */
const FINER = 1 / 8;

/** The range of the codes of scales and minima, and how far from the present one others are tried. */
export const WIDE_REACH: Readonly<
  Record<BlockFields['scales'], { low: number; high: number; reach: number }>
> = {
  none: { low: -Infinity, high: Infinity, reach: 16 },
  affine4: { low: 0, high: 15, reach: 3 },
  affine6: { low: 0, high: 63, reach: 8 },
  signed6: { low: -32, high: 31, reach: 8 },
  signed8: { low: -128, high: 127, reach: 16 },
  split6: { low: -32, high: 31, reach: 8 },
};

/** Returns the constants of the kernel `widen` for scales that are packed so. */
export function wideConstants(scales: BlockFields['scales']): Record<string, number> {
  const { low, high, reach } = WIDE_REACH[scales];
  const ranged = scales !== 'none';
  return {
    LOWEST: ranged ? low : 0,
    HIGHEST: ranged ? high : 0,
    REACH: reach,
    SCALE_ZERO: scales === 'signed6' || scales === 'split6' ? 32 : 0,
  };
}

/**
 * Searches around the scales and minima that llama.cpp's encoder stores, as they are stored, for those of least Σ weight · (x − x̂)², where
 * every x has the nearest code. Neither that error of a group nor its Σ (x − x̂)² rises. It computes in float32 with a rounding after every
 * operation, as the kernel does.
 * @param blocks llama.cpp's encoding of `values`, whole rows; changed in place
 * @param importance the weights, one for each column; 1 by default
 */
export function widenBlocks(
  { type, columns, blockSize, blockBytes }: BlocksLayout,
  values: Float32Array,
  blocks: Uint8Array,
  importance: Float32Array | undefined,
): void {
  const fields = BLOCK_FIELDS[type];
  const weights = importance ?? new Float32Array(columns).fill(1);
  for (let b = 0; b * blockSize < values.length; b++) {
    const bytes = new DataView(blocks.buffer, blocks.byteOffset + b * blockBytes, blockBytes);
    const first = (b * blockSize) % columns;
    const x = values.subarray(b * blockSize, (b + 1) * blockSize);
    const content = readBlock(fields, bytes, blockSize);
    widenBlock(fields, content, x, weights.subarray(first, first + blockSize));
    writeBlock(fields, content, bytes, type);
  }
}

function widenBlock(
  fields: BlockFields,
  content: BlockContent,
  x: Float32Array,
  weights: Float32Array,
): void {
  const { group } = fields;
  content.groups = content.groups.map((start, g) => {
    const range = [g * group, (g + 1) * group] as const;
    const search = new GroupSearch(fields, content, x.subarray(...range), weights.subarray(...range));
    const found = search.best(start);
    search.code(found, content.codes.subarray(...range));
    return found;
  });
}

/** The search for scale and minimum of one group. */
class GroupSearch {
  constructor(
    private readonly fields: BlockFields,
    private readonly block: BlockContent,
    private readonly x: Float32Array,
    private readonly weights: Float32Array,
  ) {}

  best(start: GroupScales): GroupScales {
    const { reach } = WIDE_REACH[this.fields.scales];
    const first = this.errors(start);
    let best = start;
    let least = first.weighed;
    const scan = (key: keyof GroupScales, size: number) => {
      const from = best;
      for (let k = -reach; k <= reach; k++) {
        const tried = this.neighbour(from, key, k, size);
        if (!tried) continue;
        const { weighed, plain } = this.errors(tried);
        if (!(weighed < least && plain <= first.plain)) continue;
        least = weighed;
        best = tried;
      }
    };
    for (let round = 0; round < ROUNDS; round++) {
      scan('scale', FINER ** round);
      if (this.fields.min !== undefined) scan('minimum', FINER ** round);
    }
    return best;
  }

  /** Sets the codes of the group. Those of llama.cpp stay where the scale is 0. */
  code(parameters: GroupScales, codes: Uint8Array): void {
    const { step, offset } = this.restoring(parameters);
    if (step === 0 && !this.fields.levels) return;
    this.x.forEach((value, i) => (codes[i] = this.nearest(value, step, offset)));
  }

  /**
   * Returns the parameters of which one is `k` steps away, where those of a float16 value have a relative `size`; undefined outside the
   * range and for a scale of 0.
   */
  private neighbour(
    from: GroupScales,
    key: keyof GroupScales,
    k: number,
    size: number,
  ): GroupScales | undefined {
    const moved = { ...from, [key]: this.moved(from, key, k, size) };
    const { low, high } = WIDE_REACH[this.fields.scales];
    const { [key]: value } = moved;
    if (value < low || value > high || !Number.isFinite(value)) return undefined;
    return this.restoring(moved).step === 0 ? undefined : moved;
  }

  private moved({ scale, minimum }: GroupScales, key: keyof GroupScales, k: number, size: number): number {
    if (this.fields.scales !== 'none') return (key === 'scale' ? scale : minimum) + k;
    return key === 'scale'
      ? toHalf(f(scale * f(1 + k * size * SCALE_STEP)))
      : toHalf(f(minimum + f(scale * f(k * size * MINIMUM_STEP))));
  }

  /** Returns what x ≈ step · code − offset is restored with. */
  private restoring({ scale, minimum }: GroupScales): { step: number; offset: number } {
    const { d, dmin } = this.block;
    return this.fields.scales === 'none'
      ? { step: scale, offset: -minimum }
      : { step: f(d * scale), offset: f(dmin * minimum) };
  }

  private nearest(x: number, step: number, offset: number): number {
    const { zero, levels } = this.fields;
    if (levels) return levelIndex(f((step === 0 ? 0 : f(1 / step)) * x));
    const code = nearestInteger(f(f(x + offset) / step));
    return limited(code, -zero, topCode(this.fields) - zero) + zero;
  }

  /** Returns Σ weight · (x − x̂)² and Σ (x − x̂)². */
  private errors(parameters: GroupScales): { weighed: number; plain: number } {
    const { fields, x, weights } = this;
    const { step, offset } = this.restoring(parameters);
    let [weighed, plain] = [0, 0];
    for (let i = 0; i < x.length; i++) {
      const code = step === 0 ? 0 : this.nearest(x[i], step, offset);
      const scaled = f(step * (fields.levels ? LEVELS[code] : code - fields.zero));
      const difference = f(x[i] - (fields.min === undefined ? scaled : f(scaled - offset)));
      const square = f(difference * difference);
      weighed = f(weighed + f(weights[i] * square));
      plain = f(plain + square);
    }
    return { weighed, plain };
  }
}

function topCode({ low, high }: BlockFields): number {
  return 2 ** (low.bits + (high?.bits ?? 0)) - 1;
}

function toHalf(value: number): number {
  return halfBitsToFloat(floatToHalfBits(value));
}
