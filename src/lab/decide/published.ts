import { LabError } from '../../base/errors';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';
import type { LabRecord } from '../results/record';
import { PUBLISHED_PRESETS, type PublishedPreset } from '../studies/namedPlans/gptq-bnb/published';
import { pricePerMillion } from './prices';

/**
 * The optimiser of Sparse (https://github.com/gagansuie/sparse, optimizer/, December 2025) as published, to compare with. It knows
 * eight candidates by fixed expectations, filters them, and takes the cheapest of those that pass four limits.
 */

/** A candidate of the catalogue. */
export type PublishedCandidate = PublishedPreset & Required<Pick<PublishedPreset, 'expected'>>;

/** What candidates must satisfy before anything is measured. */
export interface PublishedFilter {
  /** Whether methods that need calibration data may be used. */
  calibration: boolean;
  /** Largest expected rise of the perplexity in per cent. */
  maxChange?: number;
  /** Smallest expected compression. */
  minCompression?: number;
  /** Names of candidates; all if absent. */
  names?: readonly string[];
}

/**
 * Returns the candidates that pass a filter, those with the largest expected compression first. `fp16` is what savings refer to, and a
 * candidate only if it is named.
 * @throws LabError bad-plan for an unknown name
 */
export function publishedCandidates(filter: PublishedFilter): PublishedCandidate[] {
  const { calibration, maxChange = Infinity, minCompression = 0, names } = filter;
  const catalogue = PUBLISHED_PRESETS.flatMap(({ expected, ...preset }) =>
    expected ? [{ ...preset, expected }] : [],
  );
  const unknown = names?.find((name) => !catalogue.some((candidate) => candidate.name === name));
  if (unknown !== undefined)
    throw new LabError(
      'bad-plan',
      `The published catalogue has no candidate "${unknown.slice(0, 60)}".`,
      `It has ${catalogue.map(({ name }) => name).join(', ')}.`,
    );
  return catalogue
    .filter(({ name, expected }) => (names ? names.includes(name) : expected.compression > 1))
    .filter(({ expected }) => calibration || !expected.calibrated)
    .filter(({ expected }) => expected.change <= maxChange && expected.compression >= minCompression)
    .sort((a, b) => b.expected.compression - a.expected.compression);
}

/** Returns what the catalogue expects of 4-bit GPTQ or AWQ in groups of any size: compression against float16, and per cent. */
export function publishedGroup(
  method: 'gptq' | 'awq',
  group: number,
): { compression: number; change: number } {
  return { compression: 16 / (4 + 16 / group), change: (method === 'gptq' ? 0.8 : 0.5) + group / 256 };
}

/** What the published benchmark measures of a candidate. */
export interface PublishedMeasurement {
  name: string;
  /** Rise of the perplexity in per cent. */
  change: number;
  p99Ms: number;
  tokensPerSecond: number;
}

/** The published limits and their defaults. */
export const PUBLISHED_LIMITS = { change: 2, p99Ms: 100, tokensPerSecond: 1000 } as const;

/** Returns the cheapest candidate that passes every published limit, or undefined if none does. */
export function publishedChoice(
  measured: readonly PublishedMeasurement[],
  pricePerHour: number,
  limits: Omit<PublishedMeasurement, 'name'> = PUBLISHED_LIMITS,
): (PublishedMeasurement & { price: number }) | undefined {
  return measured
    .filter(
      ({ change, p99Ms, tokensPerSecond }) =>
        change <= limits.change && p99Ms <= limits.p99Ms && tokensPerSecond >= limits.tokensPerSecond,
    )
    .map((each) => ({ ...each, price: pricePerMillion(pricePerHour, each.tokensPerSecond) }))
    .sort((a, b) => a.price - b.price)[0];
}

/**
 * Finds the records of the catalogue's presets and reads from them what the published benchmark would measure: without intervals, and
 * with the tokens of a prompt of 128 in the rate of 32 generated ones.
 */
export function publishedMeasurements(records: readonly LabRecord[]): PublishedMeasurement[] {
  return PUBLISHED_PRESETS.flatMap(({ name, codec }) => {
    const spec = formatCodec(parseCodec(codec));
    const record = records.find((each) => each.codec.spec === spec && each.role !== 'baseline');
    const { latency, decodeTokensPerSecond } = record?.speed ?? {};
    if (!record || !latency || !decodeTokensPerSecond) return [];
    const tokensPerSecond = publishedRate(128, 32, 32 / decodeTokensPerSecond.median);
    return [{ name, change: record.quality.deltaPercent, p99Ms: latency.p99.ms, tokensPerSecond }];
  });
}

/** Returns the saving against another price in per cent, as published. */
export function publishedSavings(price: number, reference: number): number {
  return 100 * (1 - price / reference);
}

/** Returns the rate that the published benchmark reports, which divides all tokens by the time, those of the prompt included. */
export function publishedRate(promptTokens: number, newTokens: number, seconds: number): number {
  return (promptTokens + newTokens) / seconds;
}
