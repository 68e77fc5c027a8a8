import { LabError } from './errors';

/** A number as a table shows it, with its 95 % interval if it has one. */
export interface TableFigure {
  text: string;
  value: number;
  ci95?: readonly [number, number];
}

const NUMBER = String.raw`[+−-]?\d[\d,]*(?:\.\d+)?(?:e[+−-]?\d+)?`;
const WITH_INTERVAL = new RegExp(String.raw`^(${NUMBER})\s*\[(${NUMBER}), (${NUMBER})\]`);
const LEADING = new RegExp(`^${NUMBER}`);

/**
 * Reads a cell of a table: `1,040,128`, `5.08×`, `4.33 ± 0.15`, `99.7 %` or `+0.82 [+0.61, +1.03]`. Units after the number are ignored.
 * @returns undefined if the text does not begin with a number
 */
export function readFigure(text: string): TableFigure | undefined {
  const interval = WITH_INTERVAL.exec(text);
  if (interval) {
    const [value, low, high] = interval.slice(1).map(numberOf);
    return { text, value, ci95: [low, high] };
  }
  const leading = LEADING.exec(text);
  return leading ? { text, value: numberOf(leading[0]) } : undefined;
}

/** Reads a cell that must be a number. @throws LabError bad-file with the text and where it stands */
export function requireFigure(text: string, where: string): TableFigure {
  const figure = readFigure(text);
  if (figure) return figure;
  throw new LabError(
    'bad-file',
    `${where} is "${text.slice(0, 60)}", which is not a number.`,
    'Write the table again.',
  );
}

function numberOf(text: string): number {
  return Number(text.replaceAll('−', '-').replaceAll(',', ''));
}
