import { significant } from '../../base/format';
import type { LabRecord } from './record';

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
    const bar = `<path d="M${cx} ${y.at(Math.log10(low))}V${y.at(Math.log10(high))}" stroke="#0a7560"/>`;
    const fill = isOpponent ? '#ffffff' : '#0a7560';
    return `${bar}<circle cx="${cx}" cy="${cy}" r="4" fill="${fill}" stroke="#0a7560"><title>${escaped(name)}</title></circle>`;
  });
  const unit = records[0]?.quality.task === 'image-accuracy' ? 'points of accuracy' : '% of perplexity';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#0f2029">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
<text x="${MARGIN.left}" y="22" font-size="14">${escaped(title)}</text>
${x.ticks.map((tick) => `<text x="${x.at(tick)}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${significant(tick)}</text>`).join('')}
${y.ticks.map((tick) => horizontal(y.at(tick), significant(10 ** tick))).join('')}
<text x="${WIDTH / 2}" y="${HEIGHT - 14}" text-anchor="middle">bits per weight</text>
<text x="18" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 18 ${HEIGHT / 2})">${unit} lost</text>
${marks.join('\n')}
</svg>
`;
}

function horizontal(y: number, label: string): string {
  return `<path d="M${MARGIN.left} ${y}H${WIDTH - MARGIN.right}" stroke="#dbe3e7"/><text x="${MARGIN.left - 8}" y="${y + 4}" text-anchor="end">${label}</text>`;
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
  const at = (value: number) => Math.round(10 * (from + ((value - low) / (high - low)) * (to - from))) / 10;
  const ticks = Array.from({ length: TICKS }, (_, i) => low + (i * (high - low)) / (TICKS - 1));
  return { at, ticks };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
