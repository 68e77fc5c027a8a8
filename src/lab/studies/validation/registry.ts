import type { PublishedGrid } from './grid';

const FILES = import.meta.glob<PublishedGrid>('./grids/*.ts', { import: 'default', eager: true });

/** Every published grid by id; a file dropped into `grids/` is one more. */
export const publishedGrids: ReadonlyMap<string, PublishedGrid> = new Map(
  Object.values(FILES).map((grid) => [grid.id, grid]),
);
