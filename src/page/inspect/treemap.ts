/** A rectangle in the unit square. */
export interface TreemapTile {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Divides the unit square into tiles whose areas are proportional to sizes, which must be positive. The sizes are split into two halves
 * of about equal sum again and again, across the longer side.
 * @param aspect width ÷ height of the square as it is drawn
 * @returns the tile of each size, in their order
 */
export function treemap(sizes: readonly number[], aspect: number): TreemapTile[] {
  const tiles = new Array<TreemapTile>(sizes.length);
  const order = [...sizes.keys()].sort((a, b) => sizes[b] - sizes[a]);
  divide(order, { x: 0, y: 0, width: 1, height: 1 });
  return tiles;

  function divide(items: readonly number[], tile: TreemapTile): void {
    if (items.length === 0) return;
    if (items.length === 1) return void (tiles[items[0]] = tile);
    const total = sum(items);
    let [count, first] = [1, sizes[items[0]]];
    while (count < items.length - 1 && first + sizes[items[count]] <= total / 2)
      first += sizes[items[count++]];
    const share = first / total;
    const { x, y, width, height } = tile;
    const [left, right] = [items.slice(0, count), items.slice(count)];
    if (width * aspect >= height) {
      divide(left, { x, y, width: share * width, height });
      divide(right, { x: x + share * width, y, width: (1 - share) * width, height });
    } else {
      divide(left, { x, y, width, height: share * height });
      divide(right, { x, y: y + share * height, width, height: (1 - share) * height });
    }
  }

  function sum(items: readonly number[]): number {
    return items.reduce((all, i) => all + sizes[i], 0);
  }
}
