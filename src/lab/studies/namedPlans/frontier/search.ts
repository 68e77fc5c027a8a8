import type { CodecSpec } from '../../../../codecs/contract/meta';
import { formatCodec, parseCodec } from '../../../../codecs/contract/spec';
import { fileBytes, type LabRecord } from '../../../results/record';
import type { CodecSearch } from '../../../run/run';

type Records = ReadonlyMap<string, LabRecord>;
/** Returns a record's loss as a share of the limit, with the margin. It passes up to 1. */
export type LimitShare = (record: LabRecord) => number;

/** One part of a search. It sees all records, its own and earlier ones. */
export interface SearchStage {
  /** Approximate number of measurements. */
  expected: number;
  /** Returns the next codec to measure, or undefined when the stage is over. */
  next(records: Records): CodecSpec | undefined;
}

/** Joins stages into a search that runs one after the other. */
export function stages(list: readonly SearchStage[]): CodecSearch {
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
export type BitsRecipe = (bits: number) => string;

interface BitsPoint {
  bits: number;
  limitShare: number;
}

interface BitsOptions {
  recipe: BitsRecipe;
  /** The first target. */
  start: number;
  /** Bits between passing and failing targets at which the search ends. */
  tolerance: number;
  maxMeasurements: number;
  limitShare: LimitShare;
}

/** Octaves by which the limit share falls with each bit, about: the squared error falls by two, the interval by none. */
const OCTAVES_PER_BIT = 1.7;
const MAX_STEP = 1;
const MIN_LIMIT_SHARE = 1 / 64;
/** Decimals that bits are spelled with. */
const DECIMALS = 2;

/**
 * Looks for the smallest target that passes: the logarithm of the share is nearly linear in the bits, so the next target is
 * where the line through the nearest passing and failing ones crosses 0, kept inside the bracket.
 */
export class BitsStage implements SearchStage {
  readonly expected: number;
  private readonly options: BitsOptions;
  private readonly asked = new Set<number>();

  constructor(options: BitsOptions) {
    this.options = options;
    this.expected = options.maxMeasurements;
  }

  next(records: Records): CodecSpec | undefined {
    const { recipe, maxMeasurements } = this.options;
    while (this.asked.size < maxMeasurements) {
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
      .filter(({ limitShare }) => limitShare <= 1)
      .sort((a, b) => a.bits - b.bits)[0];
  }

  private target(records: Records): number | undefined {
    const { start, tolerance } = this.options;
    const points = this.points(records);
    if (points.length === 0) return start;
    const passing = this.passing(records);
    const failing = points
      .filter(({ bits, limitShare }) => limitShare > 1 && bits < (passing?.bits ?? Infinity))
      .sort((a, b) => b.bits - a.bits)[0];
    if (!failing)
      return rounded(passing!.bits - stepFrom(1 / Math.max(MIN_LIMIT_SHARE, passing!.limitShare)));
    if (!passing) return rounded(failing.bits + stepFrom(failing.limitShare));
    if (passing.bits - failing.bits <= tolerance) return undefined;
    return rounded(crossing(failing, passing));
  }

  private points(records: Records): BitsPoint[] {
    const { recipe, limitShare } = this.options;
    return [...this.asked].map((bits) => ({
      bits,
      limitShare: limitShareOf(recipe(bits), records, limitShare),
    }));
  }
}

/** Returns the limit share of a codec; infinite if it could not be measured. */
function limitShareOf(codec: string, records: Records, limitShare: LimitShare): number {
  const record = records.get(formatCodec(parseCodec(codec)));
  return record ? limitShare(record) : Infinity;
}

/** Tries other recipes at the target that passed. If one loses less, the search goes on below with the best of them. */
export class RefineStage implements SearchStage {
  readonly expected: number;
  private readonly asked = new Set<BitsRecipe>();
  private further: BitsStage | undefined;

  constructor(
    private readonly first: BitsStage,
    private readonly others: readonly BitsRecipe[],
    private readonly options: Omit<BitsOptions, 'recipe' | 'start'>,
  ) {
    this.expected = others.length + options.maxMeasurements;
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
    const { limitShare } = this.options;
    const found = this.others.map((recipe) => ({
      recipe,
      limitShare: limitShareOf(recipe(base.bits), records, limitShare),
    }));
    const best = found.sort((a, b) => a.limitShare - b.limitShare)[0];
    if (!best || best.limitShare >= base.limitShare) return undefined;
    this.further = new BitsStage({ ...this.options, recipe: best.recipe, start: base.bits });
    return this.further.next(records);
  }
}

function stepFrom(ratio: number): number {
  return Math.min(MAX_STEP, Math.max(0.05, Math.log2(ratio) / OCTAVES_PER_BIT));
}

function crossing(a: { bits: number; limitShare: number }, b: { bits: number; limitShare: number }): number {
  const log = (limitShare: number) => Math.log(Math.min(64, Math.max(MIN_LIMIT_SHARE, limitShare)));
  const t = log(a.limitShare) / (log(a.limitShare) - log(b.limitShare));
  return a.bits + Math.min(0.8, Math.max(0.2, t)) * (b.bits - a.bits);
}

function rounded(bits: number): number {
  return Number(bits.toFixed(DECIMALS));
}

/** Bisects a list of codecs from the smallest to the largest, assuming that all codecs after one that passes also pass. */
export class LadderStage implements SearchStage {
  readonly expected: number;
  private low = 0;
  private high: number;
  private pending: number | undefined;

  constructor(
    private readonly list: readonly string[],
    private readonly limitShare: LimitShare,
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
      if (record && this.limitShare(record) <= 1) this.high = middle;
      else this.low = middle + 1;
    }
    return undefined;
  }
}

/** The smallest of the records that pass; undefined when none does. */
export function smallestPassing(records: Iterable<LabRecord>, limitShare: LimitShare): LabRecord | undefined {
  return [...records]
    .filter((record) => record.role === 'codec' && limitShare(record) <= 1)
    .sort((a, b) => fileBytes(a) - fileBytes(b))[0];
}
