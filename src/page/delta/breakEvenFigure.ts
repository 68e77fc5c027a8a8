import { STORAGE_COSTS, type StorageCost } from '../../delta/breakEven';

export const PLOT_HEIGHT = 276;
export const PLOT_MARGIN = { left: 34, right: 12, top: 26, bottom: 40 } as const;
/** Bits a value at the top of the plot; what costs more is cut off. */
export const MAX_BITS = 20;
const SAMPLES = 200;

/** One way of storing in the plot: its line in pixels, and its key, which chooses colour and dashes. */
export interface CostLine extends StorageCost {
  key: string;
  path: string;
}

/** Returns the pixel of a share 0 … 1 from the left of a plot of so many pixels. */
export function pixelOfShare(sparsity: number, width: number): number {
  return PLOT_MARGIN.left + sparsity * Math.max(1, width - PLOT_MARGIN.left - PLOT_MARGIN.right);
}

/** Returns the share 0 … 1 at a pixel from the left, to a thousandth. */
export function shareAtPixel(x: number, width: number): number {
  const share = (x - PLOT_MARGIN.left) / Math.max(1, width - PLOT_MARGIN.left - PLOT_MARGIN.right);
  return Math.round(1000 * Math.min(1, Math.max(0, share))) / 1000;
}

/** Returns the pixel of a number of bits from the top. */
export function pixelOfBits(bits: number): number {
  return (
    PLOT_MARGIN.top + ((MAX_BITS - bits) / MAX_BITS) * (PLOT_HEIGHT - PLOT_MARGIN.top - PLOT_MARGIN.bottom)
  );
}

/** Returns the lines of all ways of storing; the part above the plot is left out. */
export function costLines(width: number): CostLine[] {
  return Object.entries(STORAGE_COSTS).map(([key, cost]) => ({ key, ...cost, path: pathOf(cost, width) }));
}

function pathOf({ bitsPerValue }: StorageCost, width: number): string {
  const shares = Array.from({ length: SAMPLES + 1 }, (_, i) => i / SAMPLES);
  return shares
    .filter((share) => bitsPerValue(share) <= MAX_BITS)
    .map(
      (share, i) =>
        `${i ? 'L' : 'M'}${pixelOfShare(share, width).toFixed(1)} ${pixelOfBits(bitsPerValue(share)).toFixed(1)}`,
    )
    .join('');
}
