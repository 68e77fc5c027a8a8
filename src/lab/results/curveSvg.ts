import { significant } from '../../base/format';
import type { LabRecord } from './record';
import { SVG_COLOURS, svgDocument, svgEscaped, svgPixel, svgText } from './svg';

const [WIDTH, HEIGHT] = [720, 440];
const MARGIN = { left: 76, right: 20, top: 40, bottom: 56 };
const TICKS = 5;
/** Changes below this, in per cent or points, are drawn at it, since the axis is logarithmic. */
const FLOOR = 0.01;

/**
 * Draws bits per weight against the loss of quality as a static SVG picture, with 95 % intervals. The vertical axis is logarithmic, in
 * per cent of perplexity or points of accuracy lost; gains and losses below 0.01 stand at its foot.
 * @param records those of one model; baselines are left out
 */
export function curveSvg(title: string, records: readonly LabRecord[]): string {
  const points = records.filter(({ role }) => role !== 'baseline').map(pointOf);
  const x = scale(range(points.map(({ bits }) => bits)), MARGIN.left, WIDTH - MARGIN.right);
  const losses = points.flatMap(({ loss, low, high }) => [loss, low, high]).map(Math.log10);
  const y = scale(range(losses), HEIGHT - MARGIN.bottom, MARGIN.top);
  const marks = points.map(({ bits, loss, low, high, name, isOpponent }) => {
    const [cx, cy] = [x.at(bits), y.at(Math.log10(loss))];
    const { accent, surface } = SVG_COLOURS;
    const bar = `<path d="M${cx} ${y.at(Math.log10(low))}V${y.at(Math.log10(high))}" stroke="${accent}"/>`;
    const fill = isOpponent ? surface : accent;
    return `${bar}<circle cx="${cx}" cy="${cy}" r="4" fill="${fill}" stroke="${accent}"><title>${svgEscaped(name)}</title></circle>`;
  });
  const unit = records[0]?.quality.task === 'image-accuracy' ? 'points of accuracy' : '% of perplexity';
  const middle = 'text-anchor="middle"';
  return svgDocument(WIDTH, HEIGHT, [
    svgText(MARGIN.left, 22, title, 'font-size="14"'),
    ...x.ticks.map((tick) => svgText(x.at(tick), HEIGHT - MARGIN.bottom + 18, significant(tick), middle)),
    ...y.ticks.map((tick) => horizontal(y.at(tick), significant(10 ** tick))),
    svgText(WIDTH / 2, HEIGHT - 14, 'bits per weight', middle),
    svgText(18, HEIGHT / 2, `${unit} lost`, `${middle} transform="rotate(-90 18 ${HEIGHT / 2})"`),
    ...marks,
  ]);
}

function horizontal(y: number, label: string): string {
  const line = `<path d="M${MARGIN.left} ${y}H${WIDTH - MARGIN.right}" stroke="${SVG_COLOURS.grid}"/>`;
  return line + svgText(MARGIN.left - 8, y + 4, label, 'text-anchor="end"');
}

function pointOf({ codec, role, size, quality }: LabRecord) {
  const sign = quality.task === 'image-accuracy' ? -1 : 1;
  const floored = (value: number) => Math.max(FLOOR, sign * value);
  const [low, high] = quality.deltaPercentCi95.map(floored).sort((a, b) => a - b);
  return {
    ...{ bits: size.bitsPerWeight, name: codec.spec, isOpponent: role === 'opponent' },
    ...{ loss: floored(quality.deltaPercent), low, high },
  };
}

function range(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (!Number.isFinite(low)) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}

/** Makes a linear scale to pixels, with evenly spaced ticks. */
function scale([low, high]: readonly [number, number], from: number, to: number) {
  const at = (value: number) => svgPixel(from + ((value - low) / (high - low)) * (to - from));
  const ticks = Array.from({ length: TICKS }, (_, i) => low + (i * (high - low)) / (TICKS - 1));
  return { at, ticks };
}
