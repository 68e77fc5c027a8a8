/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The expected properties of an artefact. */
export interface ArtefactValue {
  /** SHA-256 of its bytes or parts, hex. */
  sha256: string;
  /** Some decoded weights; like the following fields, present if the bytes depend on the adapter. */
  decoded?: number[];
  /** Tolerance of the decoded weights, relative to the largest. */
  tolerance?: number;
  /** The error ‖W − Ŵ‖ ÷ ‖W‖ over the model. */
  error?: number;
}

/** The values of a codec by fixed model; `reference` is for the parts of one matrix, encoded without a GPU. */
export type CodecValues = Record<string, ArtefactValue>;

/** The content of the file. */
export interface Golden {
  about: string;
  /** The adapter that computed the values. */
  adapter: string;
  /** The values of each codec, by spelling. */
  codecs: Record<string, CodecValues>;
  /** The fields of one record per task. */
  records: Record<string, Record<string, Json>>;
}

export const ABOUT =
  'Values made by this very code: a net under refactoring, not an oracle of correctness. After a change that is meant to alter ' +
  'them run `npm run golden -- --write` and read the diff (docs/golden.md).';

/**
 * Formats the file with sorted keys and one line per codec and per field of a record, so that a diff shows what has
 * changed.
 */
export function formatGolden({ about, adapter, codecs, records }: Golden): string {
  return `${object({ about, adapter, codecs, records } as unknown as Record<string, Json>, { codecs: 1, records: 2 })}\n`;
}

/** Formats an object. @param depth the number of levels below a key that are spread over lines */
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
