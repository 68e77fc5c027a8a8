import type { LabRecord } from '../../../src/lab/results/record';

type Statistics = NonNullable<LabRecord['quality']['tokenStatistics']>;
type Estimate = Statistics['perplexity'];
type Quantiles = Statistics['probability']['quantiles'];

/** Names of quantiles that llama-perplexity does not write as a percentage. */
const NAMES = new Map([
  [1, 'Maximum'],
  [0.5, 'Median '],
  [0, 'Minimum'],
]);
/** Quantiles of the KL divergence that llama-perplexity leaves out. */
const NOT_OF_KL: readonly number[] = [0.75, 0.25];

/**
 * Returns the statistics of a record in the words and digits of `llama-perplexity --kl-divergence`, under a line that names the record;
 * of the float32 model its final estimate. One line is added, the share of flips, and behind each figure its 95 % interval, if it has one.
 * @returns undefined for a record without statistics over tokens
 */
export function statisticsText({ model, codec, role, quality }: LabRecord): string | undefined {
  const found = quality.tokenStatistics;
  if (!found) return undefined;
  const title = `${model.id}, ${codec.spec}: ${quality.windows} windows of ${quality.context} tokens of ${quality.dataset}`;
  return `${title}\n${(role === 'baseline' ? finalEstimate(found) : comparison(found)).join('\n')}\n`;
}

function finalEstimate({ perplexity: { value, standardError, ci95 } }: Statistics): string[] {
  const own = interval(ci95, (x) => x.toFixed(4));
  return [`Final estimate: PPL = ${value.toFixed(4)} +/- ${standardError.toFixed(5)}${own}`];
}

function comparison(found: Statistics): string[] {
  const { perplexity, baseline, correlation, correlationCi95, logRatio, ratio, difference, kl, probability } =
    found;
  const correlated = correlation === null ? '   nan' : digits(100 * correlation, 6, 2);
  return [
    '====== Perplexity statistics ======',
    `Mean PPL(Q)                   : ${estimate(perplexity)}`,
    `Mean PPL(base)                : ${estimate(baseline)}`,
    `Cor(ln(PPL(Q)), ln(PPL(base))): ${correlated}%${interval(correlationCi95, (r) => (100 * r).toFixed(2))}`,
    `Mean ln(PPL(Q)/PPL(base))     : ${estimate(logRatio)}`,
    `Mean PPL(Q)/PPL(base)         : ${estimate(ratio)}`,
    `Mean PPL(Q)-PPL(base)         : ${estimate(difference)}`,
    ...(kl ? ['', '====== KL divergence statistics ======', `Mean    KLD: ${estimate(kl.mean)}`] : []),
    ...(kl ? quantileLines('KLD', kl.quantiles.filter(isOfKl), { scale: 1, width: 10, places: 6 }) : []),
    '',
    '====== Token probability statistics ======',
    `Mean    Δp: ${percent(probability.mean)}`,
    ...quantileLines('Δp', probability.quantiles, { scale: 100, width: 6, places: 3 }),
    `RMS Δp    : ${percent(probability.rootMeanSquare)}`,
    `Same top p: ${percent(found.sameTop)}`,
    `Flips     : ${percent(found.flips)}`,
  ];
}

function isOfKl([fraction]: Quantiles[number]): boolean {
  return !NOT_OF_KL.includes(fraction);
}

/** How quantiles are printed; those of shares as percentages. */
interface QuantileFormat {
  scale: 1 | 100;
  width: number;
  places: number;
}

function quantileLines(
  what: string,
  quantiles: Quantiles,
  { scale, width, places }: QuantileFormat,
): string[] {
  return quantiles.map(([fraction, value, ci95]) => {
    const name = NAMES.get(fraction) ?? `${digits(100 * fraction, 4, 1)}%  `;
    const shown = `${digits(scale * value, width, places)}${scale === 100 ? '%' : ''}`;
    return `${name} ${what}: ${shown}${interval(ci95, (x) => (scale * x).toFixed(places))}`;
  });
}

function estimate({ value, standardError, ci95 }: Estimate): string {
  return `${digits(value, 10, 6)} ± ${digits(standardError, 10, 6)}${interval(ci95, (x) => x.toFixed(6))}`;
}

/** Formats a share as a percentage. */
function percent({ value, standardError, ci95 }: Estimate): string {
  const own = interval(ci95, (x) => (100 * x).toFixed(3));
  return `${digits(100 * value, 6, 3)} ± ${digits(100 * standardError, 5, 3)} %${own}`;
}

/** Formats the 95 % interval behind llama.cpp's own words, which have none. */
function interval(ci95: readonly [number, number] | undefined, format: (x: number) => string): string {
  return ci95 ? `  [${format(ci95[0])}, ${format(ci95[1])}]` : '';
}

function digits(value: number, width: number, places: number): string {
  return value.toFixed(places).padStart(width);
}
