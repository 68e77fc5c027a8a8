import { pricePerMillion } from '../decide/prices';
import { differenceOverDraws, drawLosses } from './comparison';
import { describeFlag, speedFlags } from './flags';
import { fileBytes, type LabRecord } from './record';

/** What a record can be held to. The last two limits must be reached, the others must not be exceeded. */
const LIMIT_NAMES = [
  'increase',
  'bytes',
  'memory',
  'p50',
  'p95',
  'p99',
  'price',
  'prefill',
  'decode',
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

/**
 * Limits on a record; those left out do not limit. `increase`: the loss against the float32 model, in per cent of
 * perplexity or points of accuracy. `bytes`: of the file. `memory`: bytes of GPU memory while a text is generated or an image
 * classified. `p50`, `p95`, `p99`: milliseconds a token or an image. `prefill` and `decode`: tokens (images) a second, at least.
 * `price`: US dollars for a million tokens or images.
 */
export type Limits = Readonly<Partial<Record<LimitName, number>>>;

/** What the hardware costs, for prices. */
export interface Tariff {
  /** US dollars. */
  pricePerHour: number;
  /** Tokens or images a second in place of the measured ones. */
  perSecond?: number;
}

/** `unsure`: the 95 % interval includes the limit, or the figure was not measured. */
export type LimitOutcome = 'holds' | 'fails' | 'unsure';

/** A figure with its 95 % interval; where it is exact, both ends equal it. An unknown end is infinite. */
export interface Bounded {
  value: number;
  low: number;
  high: number;
}

/** The figure of a record for one limit, or a sentence why there is none. */
export type LimitFigure = Bounded | { missing: string };

/** How a record stands to one limit. */
export interface LimitCheck {
  limit: LimitName;
  allowed: number;
  outcome: LimitOutcome;
  figure: LimitFigure;
  /** Why the interval does not decide although it lies within the limit. */
  doubt?: string;
}

/** How a record stands to all limits: it fails if it fails one, and holds if it holds each. */
export interface LimitReport {
  outcome: LimitOutcome;
  checks: readonly LimitCheck[];
}

/** Whether a limit is a minimum. */
export function isMinimum(limit: LimitName): boolean {
  return limit === 'prefill' || limit === 'decode';
}

/**
 * Says whether a record holds limits with 95 % confidence. The end of the figure's 95 % interval that is nearer to the limit decides: for
 * the quality the upper bound of the paired interval of the loss.
 */
export function checkLimits(record: LabRecord, limits: Limits, tariff?: Tariff): LimitReport {
  const given = LIMIT_NAMES.filter((limit) => limits[limit] !== undefined);
  const checks = given.map((limit) => checkLimit(record, limit, limits[limit]!, tariff));
  return { outcome: worst(checks.map(({ outcome }) => outcome)), checks };
}

function checkLimit(record: LabRecord, limit: LimitName, allowed: number, tariff?: Tariff): LimitCheck {
  const figure = limitFigure(record, limit, tariff);
  if ('missing' in figure) return { limit, allowed, outcome: 'unsure', figure };
  const outcome = isMinimum(limit)
    ? compared(-figure.high, -figure.low, -allowed)
    : compared(figure.low, figure.high, allowed);
  const doubt = limit === 'increase' ? qualityDoubt(record) : undefined;
  if (doubt === undefined || outcome !== 'holds') return { limit, allowed, outcome, figure };
  return { limit, allowed, outcome: 'unsure', figure, doubt };
}

function compared(low: number, high: number, allowed: number): LimitOutcome {
  if (high <= allowed) return 'holds';
  return low > allowed ? 'fails' : 'unsure';
}

function worst(outcomes: readonly LimitOutcome[]): LimitOutcome {
  if (outcomes.includes('fails')) return 'fails';
  return outcomes.includes('unsure') ? 'unsure' : 'holds';
}

/** Says why the interval of the quality does not have its coverage; undefined if it does. */
function qualityDoubt(record: LabRecord): string | undefined {
  if (record.role === 'baseline') return undefined;
  if (record.status !== 'complete') return describeFlag('partial').reason;
  const wrong = record.validity.find((flag) => describeFlag(flag).affects === 'quality');
  const flag = wrong ?? record.validity.find((each) => each === 'few-clusters');
  return flag === undefined ? undefined : describeFlag(flag).reason;
}

/** Returns the figure of a record that a limit is compared with. */
export function limitFigure(record: LabRecord, limit: LimitName, tariff?: Tariff): LimitFigure {
  switch (limit) {
    case 'increase':
      return lossOf(record);
    case 'bytes':
      return exactly(fileBytes(record));
    case 'memory':
      return memoryOf(record);
    case 'price':
      return priceOf(record, tariff);
    case 'prefill':
      return timed(record, () => rate(record.speed.prefillTokensPerSecond, 'No prefill rate was measured.'));
    case 'decode':
      return timed(record, () => generationRate(record));
    default:
      return timed(record, () => percentileOf(record, limit));
  }
}

/**
 * Returns the loss of a record against the float32 model, in per cent of perplexity or points of accuracy, with its paired 95 %
 * interval. From `MIN_DRAWS` calibration draws on, the interval includes the variance between them. The float32 model itself loses nothing.
 */
export function lossOf(record: Pick<LabRecord, 'quality' | 'codec' | 'role'>): Bounded {
  if (record.role === 'baseline') return exactly(0);
  const { task, deltaPercent, deltaPercentCi95: ci95 } = record.quality;
  const isText = task === 'perplexity';
  // Calibration draws are compared on the scale of the verdict: nats, or points.
  const toScale = (change: number) => (isText ? Math.log1p(change / 100) : -change);
  const fromScale = (loss: number) => (isText ? 100 * Math.expm1(loss) : loss);
  const losses = drawLosses(record);
  const [low, high] = isText ? ci95 : [-ci95[1], -ci95[0]];
  const first = { value: isText ? deltaPercent : -deltaPercent, low, high };
  const scaled = {
    difference: toScale(deltaPercent),
    ci95: (isText ? [toScale(low), toScale(high)] : [low, high]) satisfies [number, number],
  };
  const found = differenceOverDraws(scaled, losses);
  if (found === scaled) return first;
  const [value, ...ends] = [found.difference, ...found.ci95].map(fromScale);
  return { value, low: ends[0], high: ends[1] };
}

function exactly(value: number): Bounded {
  return { value, low: value, high: value };
}

const NO_LATENCY = 'The latency was not measured (the plan parameter latency).';

/** Times count unless a flag says that they are wrong. */
function timed(record: LabRecord, figure: () => LimitFigure): LimitFigure {
  const [flag] = speedFlags(record);
  return flag ? { missing: flag.reason } : figure();
}

function rate(summary: LabRecord['speed']['prefillTokensPerSecond'], missing: string): LimitFigure {
  if (!summary) return { missing };
  return { value: summary.median, low: summary.ci95[0], high: summary.ci95[1] };
}

/** Tokens a second of generating a text, or images a second. */
function generationRate({ quality, speed }: LabRecord): LimitFigure {
  return quality.task === 'perplexity'
    ? rate(speed.decodeTokensPerSecond, NO_LATENCY)
    : rate(speed.imagesPerSecond, 'No rate of images was measured.');
}

function percentileOf({ speed }: LabRecord, limit: 'p50' | 'p95' | 'p99'): LimitFigure {
  if (!speed.latency) return { missing: NO_LATENCY };
  const { ms, ci95 } = speed.latency[limit];
  return { value: ms, low: ci95[0], high: ci95[1] ?? Infinity };
}

function memoryOf({ speed }: LabRecord): LimitFigure {
  if (!speed.latency) return { missing: NO_LATENCY };
  const { gpuBytes } = speed.latency;
  return gpuBytes === undefined
    ? { missing: 'The CPU ran the model, so no GPU memory was measured.' }
    : exactly(gpuBytes);
}

function priceOf(record: LabRecord, tariff: Tariff | undefined): LimitFigure {
  if (!tariff) return { missing: 'The price of an hour is not known.' };
  const { pricePerHour, perSecond } = tariff;
  if (perSecond !== undefined) return exactly(pricePerMillion(pricePerHour, perSecond));
  const found = timed(record, () => generationRate(record));
  if ('missing' in found) return found;
  const at = (each: number) => (each > 0 ? pricePerMillion(pricePerHour, each) : Infinity);
  return { value: at(found.value), low: at(found.high), high: at(found.low) };
}
