/** Position of a label relative to its point. */
export type LabelPosition =
  | 'top center'
  | 'bottom center'
  | 'middle right'
  | 'middle left'
  | 'top right'
  | 'top left'
  | 'bottom right'
  | 'bottom left';

/** A point with its label and error bar. */
export interface LabelledPoint {
  /** Position in pixels from the plot's left and top edges. */
  x: number;
  y: number;
  text: string;
  /** Lengths in pixels of the upper and lower parts of the error errorBarBox, which labels must not cover. */
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
 * Places labels greedily in the given order, most important first. Each takes the first position that is free of points, error
 * bars, other labels, the given polyline of horizontal and vertical segments, and the boxes that are taken.
 * @returns the position of each label; null where no position is free
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  { width, height }: { width: number; height: number },
  line: readonly Corner[] = [],
  boxes: readonly Box[] = [],
): (LabelPosition | null)[] {
  const taken: Box[] = [
    ...points.flatMap((p) => [markerBox(p.x, p.y, 6), errorBarBox(p)]),
    ...segmentBoxes(line),
    ...boxes,
  ];
  return points.map((point, i) => {
    const others = taken.filter((_, j) => j !== 2 * i);
    const free = ORDER.find((position) => {
      const box = labelBox(point, position);
      const inside = box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height;
      return inside && !others.some((other) => overlap(box, other));
    });
    if (free) taken.push(labelBox(point, free));
    return free ?? null;
  });
}

function segmentBoxes(line: readonly Corner[]): Box[] {
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

function markerBox(x: number, y: number, r: number): Box {
  return { left: x - r, right: x + r, top: y - r, bottom: y + r };
}

function errorBarBox({ x, y, errorUp, errorDown }: LabelledPoint): Box {
  return { left: x - 3, right: x + 3, top: y - errorUp, bottom: y + errorDown };
}

function labelBox({ x, y, text }: LabelledPoint, position: LabelPosition): Box {
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
