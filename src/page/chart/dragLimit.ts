import type { Frame } from './frame';
import { limitOn } from './quality';

/** The largest limit that the line can be dragged to, in per cent of perplexity or points of accuracy. */
export const MAX_LIMIT = 100;
/** The limits that arrow keys step through. */
const STEPS = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, MAX_LIMIT];

/** Returns the pixels from the top of the plot at which a limit is drawn; undefined on an axis that has none. */
export function limitPixel({ points, view, scale, range, inner }: Frame, limit: number): number | undefined {
  const y = limitOn(points[0].record, view.y, limit);
  if (y === undefined) return undefined;
  return ((range.y[1] - scale.at(y)) / (range.y[1] - range.y[0])) * inner.height;
}

/** Returns the limit that is drawn at these pixels, to two digits. */
export function limitAtPixel(frame: Frame, pixel: number): number {
  const growsDown = limitPixel(frame, MAX_LIMIT)! > limitPixel(frame, 0)!;
  let [low, high] = [0, MAX_LIMIT];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    const isBeyond = growsDown ? limitPixel(frame, middle)! > pixel : limitPixel(frame, middle)! < pixel;
    if (isBeyond) high = middle;
    else low = middle;
  }
  return low < 0.01 ? 0 : Number(low.toPrecision(2));
}

/** Returns the limit after an arrow key, or undefined for other keys. */
export function limitAfterKey(limit: number, key: string): number | undefined {
  if (key === 'ArrowUp' || key === 'ArrowRight') return STEPS.find((step) => step > limit) ?? limit;
  if (key === 'ArrowDown' || key === 'ArrowLeft') return STEPS.findLast((step) => step < limit) ?? limit;
  if (key === 'Home') return 0;
  return key === 'End' ? MAX_LIMIT : undefined;
}
