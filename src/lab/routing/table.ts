import { fixed, grouped, significant, signed, withInterval } from '../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../base/markdown';
import { formatCodec } from '../../codecs/contract/spec';
import type { BootstrapEstimate } from '../../evaluate/statistics/bootstrap';
import type {
  CascadePoint,
  ChosenPoint,
  RoutedPoint,
  RoutingCurve,
  RoutingPrices,
  VariantSpeed,
} from './curve';
import type { RoutingUnit } from './cascade';
import type { MeasuredCascade } from './measure';
import type { RoutingRequest } from './session';

/** A row of a curve: a threshold, or one of the variants alone. */
export interface CurveRow {
  name: string;
  point: RoutedPoint & Partial<Pick<CascadePoint, 'againstRandom'>>;
}

/** The columns of a curve. */
const CURVE_COLUMNS: readonly TableColumn<CurveRow>[] = [
  ['Routing', ({ name }) => name, 'left'],
  ['To large, %', ({ point }) => fixed(100 * point.share, 1)],
  ['Bytes per token', ({ point }) => grouped(point.bytesPerToken)],
  ['Bytes ÷ large [95 %]', ({ point }) => ratioText(point.cost)],
  ['Tokens ÷ large', ({ point }) => fixed(point.tokens, 2)],
  ['Perplexity', ({ point }) => significant(point.perplexity, 4)],
  ['Over large, % [95 %]', ({ point }) => changeText(point.increase)],
  ['Over random, % [95 %]', ({ point }) => (point.againstRandom ? changeText(point.againstRandom) : DASH)],
];

/** Returns the columns of a curve, those of prices only if it has them. */
export function curveColumns({ alwaysLarge }: RoutingCurve): readonly TableColumn<CurveRow>[] {
  if (!alwaysLarge.price) return CURVE_COLUMNS;
  return [
    ...CURVE_COLUMNS,
    ['$ per million tokens', ({ point: { price } }) => (price ? significant(price.perMillion) : DASH)],
    ['$ ÷ large [95 %]', ({ point: { price } }) => (price ? ratioText(price.ratio) : DASH)],
  ];
}

/** Returns the rows of a curve, from the small variant alone to the large one alone. */
export function curveRows({ alwaysSmall, alwaysLarge, alone, points }: RoutingCurve): CurveRow[] {
  return [
    { name: 'always small', point: alwaysSmall },
    ...points.map((point) => ({ name: `fitted to ${fixed(100 * point.fittedShare, 0)} %`, point })),
    { name: 'always large', point: alwaysLarge },
    ...(alone ? [{ name: `always ${alone.codec}`, point: alone }] : []),
  ];
}

const CHOSEN_COLUMNS: readonly TableColumn<RoutingCurve>[] = [
  ['By', ({ routing }) => routing.by, 'left'],
  ['Signal', ({ routing }) => routing.signal, 'left'],
  ['To large, %', ({ chosen }) => fixed(100 * chosen.share, 1)],
  ['Bytes ÷ large [95 %]', ({ chosen }) => ratioText(chosen.cost)],
  ['Tokens ÷ large', ({ chosen }) => fixed(chosen.tokens, 2)],
  ['Over large, % [95 %]', ({ chosen }) => changeText(chosen.increase)],
  ['Over random, % [95 %]', ({ chosen }) => changeText(chosen.againstRandom)],
];
const VERDICT_COLUMN: TableColumn<RoutingCurve> = ['Verdict', routingVerdict, 'left'];

/** Returns the columns of the thresholds for the wanted quality. */
function chosenColumns(hasPrices: boolean): TableColumn<RoutingCurve>[] {
  const prices: TableColumn<RoutingCurve>[] = [
    ['$ ÷ large [95 %]', ({ chosen }) => ratioText(chosen.price!.ratio)],
  ];
  return [...CHOSEN_COLUMNS, ...(hasPrices ? prices : []), VERDICT_COLUMN];
}

/**
 * Writes the section of one pair: what was measured, the threshold for the wanted quality by each unit and signal, and a curve for each
 * unit, of the signal that sends the least to the large variant on the calibration text.
 */
export function routingSection(
  { small, large, windows, curves, prices }: MeasuredCascade,
  { context, data, calibration }: RoutingRequest,
): string {
  const { routing, maxIncrease } = curves[0];
  const { prompt } = routing;
  const shown = bestCurves(curves);
  return [
    `## ${variantName(small)} before ${variantName(large)}\n`,
    `Small: ${grouped(small.bytes)} bytes. Large: ${grouped(large.bytes)} bytes. Answers of ${context - prompt} tokens to prompts of ${prompt} in ` +
      `${windows.heldOut} windows of ${data}; thresholds fitted on ${windows.fit} windows of ${calibration.data}.\n`,
    ...(prices ? [pricesText(prices)] : []),
    `The threshold for a perplexity at most ${maxIncrease} % above the large variant’s on the calibration text:\n`,
    markdownTable(chosenColumns(prices !== undefined), curves),
    ...shown.flatMap((curve) => [
      `By ${curve.routing.by}, ${curve.routing.signal}:\n`,
      markdownTable(curveColumns(curve), curveRows(curve)),
    ]),
  ].join('\n');
}

function pricesText({ pricePerHour, small, large, alone }: RoutingPrices): string {
  const speed = (name: string, { decode, prefill }: VariantSpeed) =>
    `${name} decodes ${significant(decode)} and reads ${significant(prefill)} tokens per second`;
  const isShared = [small, alone ?? large].every((each) => each.decode === large.decode);
  const speeds = isShared
    ? [speed('every variant', large)]
    : [
        speed('the small variant', small),
        speed('the large variant', large),
        ...(alone ? [speed('the single codec', alone)] : []),
      ];
  return `At $${pricePerHour} an hour; ${speeds.join(', ')}.\n`;
}

/** Chooses for each unit the curve whose threshold sends the smallest share of the calibration text to the large variant. */
function bestCurves(curves: readonly RoutingCurve[]): RoutingCurve[] {
  const best = new Map<RoutingUnit, RoutingCurve>();
  for (const curve of curves) {
    const known = best.get(curve.routing.by);
    if (!known || curve.chosen.fittedShare < known.chosen.fittedShare) best.set(curve.routing.by, curve);
  }
  return [...best.values()];
}

function variantName({ variant }: MeasuredCascade['small']): string {
  return `${variant.model} \`${formatCodec(variant.spec)}\``;
}

const RANDOM_WORDS = [
  'better than random routing',
  'worse than random routing',
  'no better than random routing',
] as const;

/** Says whether the threshold holds its limit on held-out text, what it saves, and whether random routing would do as well. */
export function routingVerdict({ chosen, alone, maxIncrease }: RoutingCurve): string {
  const { share, saving, increase, againstRandom } = chosen;
  if (share === 0) return `the small variant alone answers everything; ${limitText(increase, maxIncrease)}`;
  return [
    savingText(saving),
    sideText(againstRandom, 0, RANDOM_WORDS),
    ...(alone ? [aloneText(chosen, alone)] : []),
    limitText(increase, maxIncrease),
  ].join('; ');
}

/** Compares bytes and loss with those of the single codec. */
function aloneText({ cost, againstAlone }: ChosenPoint, alone: NonNullable<RoutingCurve['alone']>): string {
  const bytes = sideText(cost, alone.cost.value, ['fewer bytes', 'more bytes', 'about as many bytes']);
  const loss = sideText(againstAlone!, 0, ['less loss', 'more loss', 'no difference in loss to be told']);
  return `against ${alone.codec} alone: ${bytes}, ${loss}`;
}

/** Says on which side of a value an estimate lies: below it, above it, or neither within its interval. */
function sideText(
  { ci95: [low, high] }: BootstrapEstimate,
  value: number,
  [below, above, neither]: readonly [string, string, string],
): string {
  if (high < value) return below;
  return low > value ? above : neither;
}

function savingText({ value, ci95: [low, high] }: BootstrapEstimate): string {
  const percent = fixed(100 * Math.abs(value), 1);
  if (low > 0) return `reads ${percent} % fewer bytes than the large variant alone`;
  return high < 0
    ? `saves nothing: reads ${percent} % more bytes than the large variant alone`
    : 'saves nothing that can be told from zero';
}

function limitText({ ci95: [low, high] }: BootstrapEstimate, maxIncrease: number): string {
  const limit = `${maxIncrease} %`;
  if (high <= maxIncrease) return `holds ${limit}`;
  return low > maxIncrease ? `misses ${limit}` : `may miss ${limit}`;
}

/** Formats a ratio with its interval, such as "0.42 [0.40, 0.44]". */
function ratioText({ value, ci95: [low, high] }: BootstrapEstimate): string {
  return low === high ? fixed(value, 3) : `${fixed(value, 3)} [${fixed(low, 3)}, ${fixed(high, 3)}]`;
}

/** Formats a change in per cent with its interval, unless it has no width but that of rounding. */
function changeText({ value, ci95 }: BootstrapEstimate): string {
  if (ci95[1] - ci95[0] < 1e-6) return Math.abs(value) < 1e-6 ? '0' : signed(value, 2);
  const text = withInterval(value, ci95);
  return `${text.value} ${text.interval}`;
}
