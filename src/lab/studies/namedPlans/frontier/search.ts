import type { CodecSpec } from '../../../../codecs/contract/meta';
import { formatCodec, parseCodec } from '../../../../codecs/contract/spec';
import type { LabRecord } from '../../../results/record';
import type { CodecSearch } from '../../../run/run';

type Records = ReadonlyMap<string, LabRecord>;
/** A record's loss as a share of the limit, the margin counted: it passes up to 1. */
export type Strain = (record: LabRecord) => number;

/** One part of a search. It sees all records, its own and earlier ones. */
export interface Stage {
  /** About so many measurements. */
  expected: number;
  /** @returns undefined when the stage is over */
  next(records: Records): CodecSpec | undefined;
}

/** One stage after the other. */
export function stages(list: readonly Stage[]): CodecSearch {
  let current = 0;
  return {
    expected: list.reduce((sum, { expected }) => sum + expected, 0),
    next(records) {
      for (; current < list.length; current++) {
        const spec = list[current].next(records);
        if (spec) return spec;
      }
      return undefined;
    },
  };
}

/** A family of codecs with a target of bits per weight. */
export type Recipe = (bits: number) => string;

interface BitsPoint {
  bits: number;
  strain: number;
}

interface BitsOptions {
  recipe: Recipe;
  /** Where to begin. */
  start: number;
  /** The search ends when passing and failing targets are this close. */
  tolerance: number;
  most: number;
  strain: Strain;
}

/** Strain falls by about this power of two with each bit: the squared error by four, the interval not at all. */
const OCTAVES_PER_BIT = 1.7;
const LONGEST_STEP = 1;
const LEAST_STRAIN = 1 / 64;
/** Bits are spelled with so many decimals. */
const DECIMALS = 2;

/**
 * Looks for the smallest target that passes: the logarithm of the strain is nearly linear in the bits, so the next target is
 * where the line through the nearest passing and failing ones crosses 0, kept inside the bracket.
 */
export class BitsStage implements Stage {
  readonly expected: number;
  private readonly options: BitsOptions;
  private readonly asked = new Set<number>();

  constructor(options: BitsOptions) {
    this.options = options;
    this.expected = options.most;
  }

  next(records: Records): CodecSpec | undefined {
    const { recipe, most } = this.options;
    while (this.asked.size < most) {
      const bits = this.target(records);
      if (bits === undefined || this.asked.has(bits)) return undefined;
      this.asked.add(bits);
      const spec = parseCodec(recipe(bits));
      if (!records.has(formatCodec(spec))) return spec;
    }
    return undefined;
  }

  /** The smallest target that passed so far. */
  passing(records: Records): BitsPoint | undefined {
    return this.points(records)
      .filter(({ strain }) => strain <= 1)
      .sort((a, b) => a.bits - b.bits)[0];
  }

  private target(records: Records): number | undefined {
    const { start, tolerance } = this.options;
    const points = this.points(records);
    if (points.length === 0) return start;
    const passing = this.passing(records);
    const failing = points
      .filter(({ bits, strain }) => strain > 1 && bits < (passing?.bits ?? Infinity))
      .sort((a, b) => b.bits - a.bits)[0];
    if (!failing) return rounded(passing!.bits - stepFrom(1 / Math.max(LEAST_STRAIN, passing!.strain)));
    if (!passing) return rounded(failing.bits + stepFrom(failing.strain));
    if (passing.bits - failing.bits <= tolerance) return undefined;
    return rounded(crossing(failing, passing));
  }

  private points(records: Records): BitsPoint[] {
    const { recipe, strain } = this.options;
    return [...this.asked].map((bits) => ({ bits, strain: strainOf(recipe(bits), records, strain) }));
  }
}

/** What could not be measured fails. */
function strainOf(codec: string, records: Records, strain: Strain): number {
  const record = records.get(formatCodec(parseCodec(codec)));
  return record ? strain(record) : Infinity;
}

/**
 * Tries other recipes at the target that passed; where one strains less, the search goes on below with the best of them.
 */
export class RefineStage implements Stage {
  readonly expected: number;
  private readonly asked = new Set<Recipe>();
  private further: BitsStage | undefined;

  constructor(
    private readonly first: BitsStage,
    private readonly others: readonly Recipe[],
    private readonly options: Omit<BitsOptions, 'recipe' | 'start'>,
  ) {
    this.expected = others.length + options.most;
  }

  next(records: Records): CodecSpec | undefined {
    if (this.further) return this.further.next(records);
    const base = this.first.passing(records);
    if (!base) return undefined;
    const other = this.others.find((recipe) => !this.asked.has(recipe));
    if (other) {
      this.asked.add(other);
      return parseCodec(other(base.bits));
    }
    const { strain } = this.options;
    const found = this.others.map((recipe) => ({
      recipe,
      strain: strainOf(recipe(base.bits), records, strain),
    }));
    const best = found.sort((a, b) => a.strain - b.strain)[0];
    if (!best || best.strain >= base.strain) return undefined;
    this.further = new BitsStage({ ...this.options, recipe: best.recipe, start: base.bits });
    return this.further.next(records);
  }
}

function stepFrom(ratio: number): number {
  return Math.min(LONGEST_STEP, Math.max(0.05, Math.log2(ratio) / OCTAVES_PER_BIT));
}

function crossing(a: { bits: number; strain: number }, b: { bits: number; strain: number }): number {
  const log = (strain: number) => Math.log(Math.min(64, Math.max(LEAST_STRAIN, strain)));
  const t = log(a.strain) / (log(a.strain) - log(b.strain));
  return a.bits + Math.min(0.8, Math.max(0.2, t)) * (b.bits - a.bits);
}

function rounded(bits: number): number {
  return Number(bits.toFixed(DECIMALS));
}

/** Bisects a list that runs from the smallest to the largest, as if everything after one that passes passed too. */
export class LadderStage implements Stage {
  readonly expected: number;
  private low = 0;
  private high: number;
  private pending: number | undefined;

  constructor(
    private readonly list: readonly string[],
    private readonly strain: Strain,
  ) {
    this.high = list.length;
    this.expected = Math.ceil(Math.log2(list.length + 1));
  }

  next(records: Records): CodecSpec | undefined {
    while (this.low < this.high) {
      const middle = Math.floor((this.low + this.high) / 2);
      const spec = parseCodec(this.list[middle]);
      const record = records.get(formatCodec(spec));
      if (!record && this.pending !== middle) {
        this.pending = middle;
        return spec;
      }
      if (record && this.strain(record) <= 1) this.high = middle;
      else this.low = middle + 1;
    }
    return undefined;
  }
}

/** The smallest of the records that pass; undefined when none does. */
export function smallestPassing(records: Iterable<LabRecord>, strain: Strain): LabRecord | undefined {
  const bytes = ({ size }: LabRecord) => size.totalBytes - size.assetBytes;
  return [...records]
    .filter((record) => record.role === 'codec' && strain(record) <= 1)
    .sort((a, b) => bytes(a) - bytes(b))[0];
}
