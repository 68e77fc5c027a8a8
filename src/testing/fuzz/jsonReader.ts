import { jsonLike } from './anyJson';
import { breakJson } from './breakJson';
import type { FuzzReader, Prepared } from './reader';

export type JsonReader = Omit<FuzzReader, 'prepare'> & {
  seeds: () => Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  read: Prepared['read'];
};

/** A reader of JSON: its sound files with other values, names and order, and others of the same words. */
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
