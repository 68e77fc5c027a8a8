import type { Interval } from '../../evaluate/statistics/proportions';
import { Bootstrap, type BootstrapEstimate, type ClusterSum } from '../../evaluate/statistics/bootstrap';
import {
  answerAlone,
  routingSignals,
  routeWindow,
  type RoutedAnswer,
  type Routing,
  type WindowTrace,
} from './cascade';

/** What a curve is computed from. */
export interface CurveInput {
  routing: Routing;
  /** Windows that thresholds are fitted on. */
  fit: readonly WindowTrace[];
  /** Windows that costs and losses are measured on. */
  heldOut: readonly WindowTrace[];
  /** Bytes of each variant's weights, which a pass reads. */
  bytes: { small: number; large: number };
  /** One codec that answers everything, to compare the cascade with. */
  alone?: SingleCodec;
  /** What time costs; without it there are no dollars. */
  prices?: RoutingPrices;
  /** Largest increase of the perplexity over that of the large variant, in per cent, for the chosen threshold. */
  maxIncrease: number;
  /** Seed of the resampled windows. */
  seed: number;
}

/** A codec that answers everything. */
export interface SingleCodec {
  codec: string;
  /** Bytes of its weights. */
  bytes: number;
  /** Losses of the held-out windows, as in `WindowTrace`. */
  nll: readonly Float64Array[];
}

/** How fast a variant runs, in tokens per second. */
export interface VariantSpeed {
  /** Decoding token by token, which is the rate of passes. */
  decode: number;
  /** Further tokens of a pass: those of the prompt, and those that are caught up on. */
  prefill: number;
}

/** What time costs, and how long the passes of each variant take. */
export interface RoutingPrices {
  /** US dollars. */
  pricePerHour: number;
  small: VariantSpeed;
  large: VariantSpeed;
  /** Of the single codec, if there is one. */
  alone?: VariantSpeed;
}

/** The price of a way of answering. */
interface PointPrice {
  /** US dollars for a million tokens of the answers. */
  perMillion: number;
  /** Relative to the large variant alone, with the speeds as measured. */
  ratio: BootstrapEstimate;
}

/** One way of answering the held-out text. */
export interface RoutedPoint {
  /** Share of the decisions for the large variant. */
  share: number;
  /** Bytes of weights read for a token of the answer. */
  bytesPerToken: number;
  /** Bytes read relative to the large variant alone. */
  cost: BootstrapEstimate;
  /** Tokens that both variants processed relative to the large variant alone. */
  tokens: number;
  perplexity: number;
  /** Increase of the perplexity over that of the large variant, in per cent. */
  increase: BootstrapEstimate;
  price?: PointPrice;
}

/** A threshold of the cascade. */
export interface CascadePoint extends RoutedPoint {
  threshold: number;
  /** The share of the decisions on the calibration text that the threshold sends to the large variant. */
  fittedShare: number;
  /**
   * Perplexity relative to random routing that reads as many bytes, minus 1, in per cent. Random routing chooses for each window before
   * either variant has read it, so that its mean loss lies on the line between the two variants. Negative is better than random.
   */
  againstRandom: BootstrapEstimate;
}

/** The threshold for a wanted quality, chosen on the calibration text and measured on the held-out text. */
export interface ChosenPoint extends CascadePoint {
  /** Saved share of the bytes that the large variant reads alone; negative if the cascade reads more. */
  saving: BootstrapEstimate;
  /** Perplexity relative to that of the single codec, minus 1, in per cent. Negative is better than the codec. */
  againstAlone?: BootstrapEstimate;
}

export interface RoutingCurve {
  routing: Routing;
  maxIncrease: number;
  alwaysSmall: RoutedPoint;
  alwaysLarge: RoutedPoint;
  /** The single codec, if there is one. */
  alone?: RoutedPoint & Pick<SingleCodec, 'codec'>;
  points: readonly CascadePoint[];
  chosen: ChosenPoint;
}

/** Shares of the decisions that the thresholds of a curve are fitted to. */
const SHARES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** Shares among which the threshold for a wanted quality is chosen. */
const CANDIDATES = Array.from({ length: 101 }, (_, i) => i / 100);

/** Fits thresholds on the calibration text, and measures cost and quality of each on the held-out text. */
export function routingCurve(input: CurveInput): RoutingCurve {
  const { routing, fit, maxIncrease } = input;
  const heldOut = new HeldOut(input);
  const decisions = fit.flatMap((window) => [...routingSignals(window, routing)]).sort((a, b) => b - a);
  const cascade = (share: number): CascadePoint => {
    const threshold = thresholdFor(decisions, share);
    return { ...heldOut.cascade(threshold), threshold, fittedShare: share };
  };
  const chosen = cascade(chooseShare(input, decisions));
  const alone = input.alone && heldOut.alone(input.alone, chosen.threshold);
  const { value, ci95 } = chosen.cost;
  const saving: BootstrapEstimate = { value: 1 - value, ci95: [1 - ci95[1], 1 - ci95[0]] };
  return {
    routing,
    maxIncrease,
    alwaysSmall: heldOut.point(heldOut.small),
    alwaysLarge: heldOut.point(heldOut.large),
    ...(alone && { alone: alone.point }),
    points: SHARES.map(cascade),
    chosen: { ...chosen, saving, ...(alone && { againstAlone: alone.chosen }) },
  };
}

/**
 * Returns the threshold that at most a share of some decisions exceeds.
 * @param decisions in descending order
 */
function thresholdFor(decisions: readonly number[], share: number): number {
  const above = Math.floor(share * decisions.length + 1e-9);
  if (above === 0) return Infinity;
  return above >= decisions.length ? -Infinity : decisions[above];
}

/** Returns the smallest share that keeps the increase of the perplexity on the calibration text within the limit. */
function chooseShare({ routing, fit, maxIncrease }: CurveInput, decisions: readonly number[]): number {
  const large = totalsOf(fit.map((window) => answerAlone(window, routing, 'large')));
  const tokens = fit.length * answerLength(fit[0], routing);
  const limit = Math.log1p(maxIncrease / 100) * tokens + total(large.nll);
  const holds = (share: number) => {
    const threshold = thresholdFor(decisions, share);
    return total(totalsOf(fit.map((window) => routeWindow(window, routing, threshold))).nll) <= limit;
  };
  // At a share of 1 the large variant answers everything.
  return CANDIDATES.find(holds) ?? 1;
}

/** The outcomes of all windows, one entry a window. */
interface Totals {
  nll: Float64Array;
  routed: Float64Array;
  smallPasses: Float64Array;
  largePasses: Float64Array;
  smallTokens: Float64Array;
  largeTokens: Float64Array;
}

function totalsOf(outcomes: readonly RoutedAnswer[]): Totals {
  const of = (value: (outcome: RoutedAnswer) => number) => Float64Array.from(outcomes, value);
  return {
    nll: of(({ nll }) => nll),
    routed: of(({ routed }) => routed),
    smallPasses: of(({ small }) => small.passes),
    largePasses: of(({ large }) => large.passes),
    smallTokens: of(({ small }) => small.tokens),
    largeTokens: of(({ large }) => large.tokens),
  };
}

/** Measures ways of answering the held-out windows, all on the same resampled windows. */
class HeldOut {
  readonly small: Totals;
  readonly large: Totals;
  private readonly input: CurveInput;
  private readonly bootstrap: Bootstrap;
  /** Tokens of the answer and decisions, of each window. */
  private readonly answers: Float64Array;
  private readonly decisions: number;

  constructor(input: CurveInput) {
    const { heldOut, routing, seed } = input;
    const alone = (variant: 'small' | 'large') =>
      totalsOf(heldOut.map((window) => answerAlone(window, routing, variant)));
    this.input = input;
    this.small = alone('small');
    this.large = alone('large');
    this.bootstrap = new Bootstrap(heldOut.length, seed);
    this.answers = Float64Array.from(heldOut, (window) => answerLength(window, routing));
    this.decisions = routing.by === 'prompt' ? heldOut.length : total(this.answers);
  }

  cascade(threshold: number): RoutedPoint & Pick<CascadePoint, 'againstRandom'> {
    const { heldOut, routing } = this.input;
    const totals = totalsOf(heldOut.map((window) => routeWindow(window, routing, threshold)));
    const againstRandom = this.bootstrap.estimate((sum) =>
      percent((sum(totals.nll) - this.randomLoss(totals, sum)) / sum(this.answers)),
    );
    return { ...this.point(totals), againstRandom };
  }

  /** Measures a single codec, and the cascade with a threshold relative to it. */
  alone({ codec, bytes, nll }: SingleCodec, threshold: number) {
    const { heldOut, routing, bytes: variants, prices } = this.input;
    const cascade = totalsOf(heldOut.map((window) => routeWindow(window, routing, threshold)));
    const own = {
      ...this.small,
      nll: Float64Array.from(nll, (window) => total(window.subarray(routing.prompt - 1))),
    };
    const ratio = bytes / variants.large;
    return {
      // It takes the passes of either variant alone, with bytes and a speed of its own.
      point: {
        ...this.unpriced(own),
        codec,
        bytesPerToken: bytes,
        cost: { value: ratio, ci95: [ratio, ratio] as Interval },
        ...(prices?.alone && { price: this.price(own, { ...prices, small: prices.alone }) }),
      },
      chosen: this.bootstrap.estimate((sum) =>
        percent((sum(cascade.nll) - sum(own.nll)) / sum(this.answers)),
      ),
    };
  }

  point(totals: Totals): RoutedPoint {
    const { prices } = this.input;
    return { ...this.unpriced(totals), ...(prices && { price: this.price(totals, prices) }) };
  }

  private unpriced(totals: Totals): Omit<RoutedPoint, 'price'> {
    const { bootstrap, large, answers } = this;
    const cost = (sum: ClusterSum) => this.bytes(totals, sum) / this.bytes(large, sum);
    const increase = (sum: ClusterSum) => percent((sum(totals.nll) - sum(large.nll)) / sum(answers));
    return {
      share: totals === large ? 1 : total(totals.routed) / this.decisions,
      bytesPerToken: this.bytes(totals, total) / total(answers),
      cost: bootstrap.estimate(cost),
      tokens: (total(totals.smallTokens) + total(totals.largeTokens)) / total(large.largeTokens),
      perplexity: Math.exp(total(totals.nll) / total(answers)),
      increase: bootstrap.estimate(increase),
    };
  }

  private price(totals: Totals, prices: RoutingPrices): PointPrice {
    const hours = (sum: ClusterSum) => secondsOf(totals, sum, prices) / 3600;
    const dollars = prices.pricePerHour * hours(total);
    const ratio = (sum: ClusterSum) => secondsOf(totals, sum, prices) / secondsOf(this.large, sum, prices);
    return { perMillion: (1e6 * dollars) / total(this.answers), ratio: this.bootstrap.estimate(ratio) };
  }

  private bytes({ smallPasses, largePasses }: Totals, sum: ClusterSum): number {
    const { small, large } = this.input.bytes;
    return small * sum(smallPasses) + large * sum(largePasses);
  }

  /** The expected loss of random routing with the bytes of `totals`, or with those of the large variant if they are more. */
  private randomLoss(totals: Totals, sum: ClusterSum): number {
    const [low, high] = [this.bytes(this.small, sum), this.bytes(this.large, sum)];
    const share = Math.min(1, Math.max(0, (this.bytes(totals, sum) - low) / (high - low)));
    return (1 - share) * sum(this.small.nll) + share * sum(this.large.nll);
  }
}

/** A pass takes as long as a decoded token, and each further token of it as long as one of a prompt. */
function secondsOf(totals: Totals, sum: ClusterSum, { small, large }: RoutingPrices): number {
  const seconds = (passes: number, tokens: number, { decode, prefill }: VariantSpeed) =>
    passes / decode + (tokens - passes) / prefill;
  return (
    seconds(sum(totals.smallPasses), sum(totals.smallTokens), small) +
    seconds(sum(totals.largePasses), sum(totals.largeTokens), large)
  );
}

function answerLength({ small }: WindowTrace, { prompt }: Routing): number {
  return small.length - prompt + 1;
}

function total(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) result += values[i];
  return result;
}

/** Converts a difference of mean losses to a change of the perplexity in per cent. */
function percent(difference: number): number {
  return 100 * Math.expm1(difference);
}
