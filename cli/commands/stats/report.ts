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
 * of the float32 model its final estimate. One line is added, the share of flips.
 * @returns undefined for a record without statistics over tokens
 */
export function statisticsText({ model, codec, role, quality }: LabRecord): string | undefined {
  const found = quality.tokenStatistics;
  if (!found) return undefined;
  const title = `${model.id}, ${codec.spec}: ${quality.windows} windows of ${quality.context} tokens of ${quality.dataset}`;
  return `${title}\n${(role === 'baseline' ? finalEstimate(found) : comparison(found)).join('\n')}\n`;
}

function finalEstimate({ perplexity: { value, standardError } }: Statistics): string[] {
  return [`Final estimate: PPL = ${value.toFixed(4)} +/- ${standardError.toFixed(5)}`];
}

function comparison(found: Statistics): string[] {
  const { perplexity, baseline, correlation, logRatio, ratio, difference, kl, probability } = found;
  return [
    '====== Perplexity statistics ======',
    `Mean PPL(Q)                   : ${estimate(perplexity)}`,
    `Mean PPL(base)                : ${estimate(baseline)}`,
    `Cor(ln(PPL(Q)), ln(PPL(base))): ${correlation === null ? '   nan' : digits(100 * correlation, 6, 2)}%`,
    `Mean ln(PPL(Q)/PPL(base))     : ${estimate(logRatio)}`,
    `Mean PPL(Q)/PPL(base)         : ${estimate(ratio)}`,
    `Mean PPL(Q)-PPL(base)         : ${estimate(difference)}`,
    ...(kl ? ['', '====== KL divergence statistics ======', `Mean    KLD: ${estimate(kl.mean)}`] : []),
    ...(kl ? quantileLines('KLD', kl.quantiles.filter(isOfKl), (x) => digits(x, 10, 6)) : []),
    '',
    '====== Token probability statistics ======',
    `Mean    Δp: ${percent(probability.mean)}`,
    ...quantileLines('Δp', probability.quantiles, (x) => `${digits(100 * x, 6, 3)}%`),
    `RMS Δp    : ${percent(probability.rootMeanSquare)}`,
    `Same top p: ${percent(found.sameTop)}`,
    `Flips     : ${percent(found.flips)}`,
  ];
}

function isOfKl([fraction]: Quantiles[number]): boolean {
  return !NOT_OF_KL.includes(fraction);
}

function quantileLines(what: string, quantiles: Quantiles, format: (value: number) => string): string[] {
  return quantiles.map(([fraction, value]) => {
    const name = NAMES.get(fraction) ?? `${digits(100 * fraction, 4, 1)}%  `;
    return `${name} ${what}: ${format(value)}`;
  });
}

function estimate({ value, standardError }: Estimate): string {
  return `${digits(value, 10, 6)} ± ${digits(standardError, 10, 6)}`;
}

/** Formats a share as a percentage. */
function percent({ value, standardError }: Estimate): string {
  return `${digits(100 * value, 6, 3)} ± ${digits(100 * standardError, 5, 3)} %`;
}

function digits(value: number, width: number, places: number): string {
  return value.toFixed(places).padStart(width);
}
