export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What one artefact is known by. */
export interface ArtefactValue {
  sha256: string;
  /** Where another adapter may give other bytes: some decoded weights … */
  decoded?: number[];
  /** … how far they may be from those, as a share of the largest … */
  tolerance?: number;
  /** … and ‖W − Ŵ‖ ÷ ‖W‖ over the model. */
  error?: number;
}

/** By the name of a fixed model; `reference`: the parts of one matrix, encoded without a GPU. */
export type CodecValues = Record<string, ArtefactValue>;

/** The content of the file. */
export interface Golden {
  about: string;
  /** The adapter that computed the values. */
  adapter: string;
  /** By the codec's spelling. */
  codecs: Record<string, CodecValues>;
  /** Fields of one record for each task. */
  records: Record<string, Record<string, Json>>;
}

export const ABOUT =
  'Values made by this very code: a net under refactoring, not an oracle of correctness. After a change that is meant to alter ' +
  'them run `npm run golden -- --write` and read the diff (docs/golden.md).';

/** JSON with sorted keys and one line for each codec and each field of a record, so that a diff names what changed. */
export function formatGolden({ about, adapter, codecs, records }: Golden): string {
  return `${object({ about, adapter, codecs, records } as unknown as Record<string, Json>, { codecs: 1, records: 2 })}\n`;
}

/** @param depth how many levels below a key are spread over lines */
function object(value: Record<string, Json>, depth: Record<string, number> | number, indent = '  '): string {
  const lines = Object.keys(value)
    .sort()
    .map((key) => {
      const below = typeof depth === 'number' ? depth - 1 : (depth[key] ?? 0);
      const child = value[key];
      const text =
        below > 0
          ? object(child as Record<string, Json>, below, `${indent}  `)
          : JSON.stringify(sorted(child));
      return `${indent}${JSON.stringify(key)}: ${text}`;
    });
  return `{\n${lines.join(',\n')}\n${indent.slice(2)}}`;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}
