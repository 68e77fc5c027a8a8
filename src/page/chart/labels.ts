/** The place of a label beside its point; null when no place is free. */
export type LabelPosition =
  | 'top center'
  | 'bottom center'
  | 'middle right'
  | 'middle left'
  | 'top right'
  | 'top left'
  | 'bottom right'
  | 'bottom left';

export interface LabelledPoint {
  /** Position in pixels from the plot's left and top edges. */
  x: number;
  y: number;
  text: string;
  /** Length in pixels of the upper and lower halves of the error bar, which labels must not cover. */
  errorUp: number;
  errorDown: number;
}

/** A rectangle in pixels from the plot's left and top edges. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const CHARACTER_PX = 6.3;
const LINE_PX = 14;
const GAP_PX = 8;
const ORDER: readonly LabelPosition[] = [
  'middle right',
  'middle left',
  'top right',
  'bottom left',
  'top left',
  'bottom right',
  'top center',
  'bottom center',
];

export interface Corner {
  x: number;
  y: number;
}

/**
 * Places labels greedily in the given order (most important first): each takes the first place that is free of points,
 * error bars, other labels, the given polyline of horizontal and vertical pieces, and a note.
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  { width, height }: { width: number; height: number },
  line: readonly Corner[] = [],
  note?: Box,
): (LabelPosition | null)[] {
  const taken: Box[] = [
    ...points.flatMap((p) => [around(p.x, p.y, 6), bar(p)]),
    ...pieces(line),
    ...(note ? [note] : []),
  ];
  return points.map((point, i) => {
    const others = taken.filter((_, j) => j !== 2 * i);
    const free = ORDER.find((position) => {
      const box = boxOf(point, position);
      const inside = box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height;
      return inside && !others.some((other) => overlap(box, other));
    });
    if (free) taken.push(boxOf(point, free));
    return free ?? null;
  });
}

function pieces(line: readonly Corner[]): Box[] {
  return line.slice(1).map((end, i) => {
    const start = line[i];
    return {
      left: Math.min(start.x, end.x) - 1,
      right: Math.max(start.x, end.x) + 1,
      top: Math.min(start.y, end.y) - 1,
      bottom: Math.max(start.y, end.y) + 1,
    };
  });
}

function around(x: number, y: number, r: number): Box {
  return { left: x - r, right: x + r, top: y - r, bottom: y + r };
}

function bar({ x, y, errorUp, errorDown }: LabelledPoint): Box {
  return { left: x - 3, right: x + 3, top: y - errorUp, bottom: y + errorDown };
}

function boxOf({ x, y, text }: LabelledPoint, position: LabelPosition): Box {
  const width = text.length * CHARACTER_PX;
  const [vertical, horizontal] = position.split(' ');
  const left =
    horizontal === 'right' ? x + GAP_PX : horizontal === 'left' ? x - GAP_PX - width : x - width / 2;
  const top =
    vertical === 'top' ? y - GAP_PX - LINE_PX : vertical === 'bottom' ? y + GAP_PX : y - LINE_PX / 2;
  return { left, right: left + width, top, bottom: top + LINE_PX };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
