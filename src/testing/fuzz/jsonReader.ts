import { jsonLike } from './anyJson';
import { breakJson } from './breakJson';
import type { FuzzReader, Prepared } from './reader';

/** A reader of JSON files, given by its valid files. */
export type JsonReader = Omit<FuzzReader, 'prepare'> & {
  seeds: () => Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  read: Prepared['read'];
};

/**
 * Returns a reader of JSON whose cases are its valid files with changed values, names and order, and documents of the
 * same words.
 */
export function jsonReader({ seeds: load, read, ...reader }: JsonReader): FuzzReader {
  return {
    ...reader,
    prepare: async () => {
      const seeds = await load();
      return {
        seeds,
        read,
        broken: (below) => breakJson(seeds[below(seeds.length)], below),
        made: jsonLike(seeds),
      };
    },
  };
}
