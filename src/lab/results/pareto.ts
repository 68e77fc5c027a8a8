/** A point to rank: its size (bits or bytes, fewer is better) and its quality. */
export interface SizedQuality {
  size: number;
  quality: number;
}

/**
 * Returns the Pareto frontier: points that no other point beats, by size from small to large. A beats B when it is no
 * larger and no worse, and smaller or better. Equal points stay together; a value that is not finite never stands on
 * the frontier.
 * @param better which direction of quality is good: `lower` for perplexity, `higher` for accuracy
 */
export function paretoFrontier<T extends SizedQuality>(
  points: readonly T[],
  better: 'lower' | 'higher',
): T[] {
  const loss = (p: SizedQuality) => (better === 'lower' ? p.quality : -p.quality);
  const sorted = points
    .filter((p) => Number.isFinite(p.size) && Number.isFinite(p.quality))
    .sort((a, b) => a.size - b.size || loss(a) - loss(b));
  const frontier: T[] = [];
  for (const point of sorted) {
    const last = frontier.at(-1);
    const equal = last && last.size === point.size && last.quality === point.quality;
    if (!last || equal || loss(point) < loss(last)) frontier.push(point);
  }
  return frontier;
}
