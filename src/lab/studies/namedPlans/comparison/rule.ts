import type { LabRecord } from '../../../results/record';

/** How one model compares with another: each is true only if the intervals show it. */
interface Comparison {
  isSlower: boolean;
  isFaster: boolean;
  isWorse: boolean;
  isBetter: boolean;
  isSmaller: boolean;
}

/**
 * The rule of QuantoniumOS' REQUIRED_BENCHMARKS.md: a method that is slower must have better quality or a smaller file, and one of
 * worse quality must be faster or smaller.
 * @returns what the method breaks the rule with; undefined if it keeps it
 */
export function brokenRule({
  isSlower,
  isFaster,
  isWorse,
  isBetter,
  isSmaller,
}: Comparison): string | undefined {
  if (isWorse && !isFaster && !isSmaller) return 'worse, and neither faster nor smaller';
  if (isSlower && !isBetter && !isSmaller) return 'slower, and neither better nor smaller';
  return undefined;
}

/** Compares a record with its float32 baseline. Two speeds differ if their intervals do. */
export function againstBaseline(record: LabRecord, baseline: LabRecord): Comparison {
  const [low, high] = record.quality.deltaPercentCi95;
  const worsens = record.quality.task === 'perplexity' ? 1 : -1;
  return {
    ...speeds(record, baseline),
    isWorse: worsens * low > 0 && worsens * high > 0,
    isBetter: worsens * low < 0 && worsens * high < 0,
    isSmaller: record.size.ratioFloat32 > 1,
  };
}

/** Compares a record with plain rounding in no more bytes, so that it is never smaller. */
export function againstOpponent(record: LabRecord, opponent: LabRecord): Comparison {
  const outcome = record.verdict?.outcome;
  return {
    ...speeds(record, opponent),
    isWorse: outcome === 'worse',
    isBetter: outcome === 'better',
    isSmaller: false,
  };
}

function speeds(record: LabRecord, other: LabRecord): Pick<Comparison, 'isSlower' | 'isFaster'> {
  const [ours, theirs] = [speedOf(record), speedOf(other)];
  if (!ours || !theirs) return { isSlower: false, isFaster: false };
  return { isSlower: ours.ci95[1] < theirs.ci95[0], isFaster: ours.ci95[0] > theirs.ci95[1] };
}

/** Returns the tokens or images per second of a record. */
export function speedOf({ speed }: LabRecord): LabRecord['speed']['imagesPerSecond'] {
  return speed.prefillTokensPerSecond ?? speed.imagesPerSecond;
}
