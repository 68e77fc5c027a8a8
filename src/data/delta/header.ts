import * as v from 'valibot';
import { LabError } from '../../base/errors';
import { DATA_KINDS } from './rows';

/** Name and version of the format of a data set delta. */
export const DELTA_FORMAT = 'bitcurve.data-delta/1';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const counts = v.object({
  /** Rows with equal values, and how many of these are spelled differently. */
  same: count,
  respelled: count,
  /** Rows with the same key and other values. */
  modified: count,
  new: count,
  /** Rows of the base that the derived file lacks. */
  deleted: count,
});

const header = v.object({
  format: v.literal(DELTA_FORMAT),
  kind: v.picklist(DATA_KINDS),
  /** The field that identifies rows; null if their content does. */
  key: v.nullable(v.string()),
  base: v.object({ bytes: count, sha256, rows: count }),
  derived: v.object({
    /** Size of the file; for Parquet, of its rows as lines of JSON. */
    bytes: count,
    /** SHA-256 of the file; for Parquet, of its rows as lines of JSON. */
    sha256,
    rows: count,
    /** Text before the first row, and the usual end of a row. */
    start: v.string(),
    end: v.pipe(v.string(), v.regex(/^[ \t\r\n]*$/)),
    /** The schema and metadata of Parquet. */
    details: v.record(v.string(), v.unknown()),
  }),
  counts,
});

/** The first line of a data set delta, as JSON. Operations (operations.ts) follow, one on each line. */
export type DeltaHeader = v.InferOutput<typeof header>;
export type DeltaCounts = v.InferOutput<typeof counts>;

/** Parses the first line of a delta. @throws LabError bad-file */
export function parseDeltaHeader(name: string, line: string): DeltaHeader {
  try {
    return v.parse(header, JSON.parse(line));
  } catch (error) {
    const issue = error instanceof v.ValiError ? (error.issues as v.BaseIssue<unknown>[])[0] : undefined;
    const field = issue && v.getDotPath(issue);
    throw new LabError(
      'bad-file',
      `${name} is not a data set delta${field ? `: its field ${field} is missing or wrong` : ''}.`,
      'Name a file that `npm run data-delta -- make` wrote.',
      error,
    );
  }
}
