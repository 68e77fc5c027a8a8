import type { PublishedGrid } from './grid';

const FILES = import.meta.glob<PublishedGrid>('./grids/*.ts', { import: 'default', eager: true });

/** Every published grid by id. A new file in `grids/` adds one. */
export const publishedGrids: ReadonlyMap<string, PublishedGrid> = new Map(
  Object.values(FILES).map((grid) => [grid.id, grid]),
);
