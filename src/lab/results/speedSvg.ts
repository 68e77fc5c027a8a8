import { fixed } from '../../base/format';
import type { LabRecord } from './record';
import { SVG_COLOURS, svgDocument, svgPixel, svgText } from './svg';

const WIDTH = 760;
const ROW = 26;
const TOP = 74;
/** Left edge and width of the panels. */
const STORAGE = { left: 250, width: 190 };
const SPEED = { left: 500, width: 190 };

/** Storage and speed of one codec, as shares of float32's. */
interface Bar {
  name: string;
  storage: number;
  /** Absent where the speed was not measured. */
  speed?: { median: number; low: number; high: number };
}

/**
 * Draws storage and speed of the codecs of one model beside the float32 baseline as a static SVG picture: bytes of the weights, and tokens
 * (or images) per second with 95 % intervals, both as shares of the baseline's.
 * @param records those of one model, with its baseline; opponents are left out
 */
export function speedSvg(title: string, records: readonly LabRecord[]): string {
  const baseline = records.find(({ role }) => role === 'baseline');
  const bars = records.filter(({ role }) => role !== 'opponent').map((record) => barOf(record, baseline));
  const most = Math.max(1, ...bars.map(({ speed }) => speed?.high ?? 0));
  const storage = (share: number) => svgPixel(STORAGE.width * share);
  const speed = (share: number) => svgPixel((SPEED.width * share) / most);
  const rows = bars.flatMap((bar, i) => rowOf(bar, TOP + ROW * i, { storage, speed }));
  return svgDocument(WIDTH, TOP + ROW * bars.length + 12, [
    svgText(16, 22, title, 'font-size="14"'),
    svgText(STORAGE.left, 50, 'storage, % of float32'),
    svgText(SPEED.left, 50, 'speed, × float32 [95 %]'),
    ...rows,
  ]);
}

function barOf({ codec, role, size, speed }: LabRecord, baseline: LabRecord | undefined): Bar {
  const own = speedOf(speed);
  const base = baseline && speedOf(baseline.speed);
  const name = role === 'baseline' ? 'float32' : codec.spec;
  const relative = own && base && [own.median, ...own.ci95].map((value) => value / base.median);
  return {
    ...{ name, storage: 1 / size.ratioFloat32 },
    ...(relative && { speed: { median: relative[0], low: relative[1], high: relative[2] } }),
  };
}

function speedOf({ prefillTokensPerSecond, imagesPerSecond }: LabRecord['speed']) {
  return prefillTokensPerSecond ?? imagesPerSecond;
}

function rowOf(
  { name, storage, speed }: Bar,
  y: number,
  at: { storage: (share: number) => number; speed: (share: number) => number },
): string[] {
  const bar = (left: number, width: number) =>
    `<rect x="${left}" y="${y}" width="${width}" height="14" fill="${SVG_COLOURS.accent}" fill-opacity="0.55"/>`;
  const label = (x: number, text: string) => svgText(svgPixel(x), y + 11, text, 'font-size="11"');
  const width = at.storage(storage);
  const elements = [
    svgText(STORAGE.left - 10, y + 11, name, 'text-anchor="end"'),
    bar(STORAGE.left, width),
    label(STORAGE.left + width + 4, fixed(100 * storage, 1)),
  ];
  if (!speed) return [...elements, label(SPEED.left, 'not measured')];
  const [low, high] = [SPEED.left + at.speed(speed.low), SPEED.left + at.speed(speed.high)];
  return [
    ...elements,
    bar(SPEED.left, at.speed(speed.median)),
    `<path d="M${svgPixel(low)} ${y + 7}H${svgPixel(high)}" stroke="${SVG_COLOURS.ink}"/>`,
    label(high + 4, `${fixed(speed.median, 2)}×`),
  ];
}
