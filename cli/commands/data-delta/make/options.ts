import { resolve } from 'node:path';
import { optionsHelp, readArguments, type OptionTable } from '../../../shared/options';

/** The value of --key that stands for the content of rows. */
const CONTENT = 'content';

const OPTIONS: OptionTable = {
  base: {
    value: 'FILE',
    help: 'the data set that the other was derived from (.jsonl, .ndjson, .csv, .tsv, .parquet)',
  },
  derived: { value: 'FILE', help: 'the derived data set, of the same kind' },
  out: { value: 'FILE', help: 'the delta to write' },
  key: {
    value: 'FIELD',
    help: `field that identifies rows, or "${CONTENT}" for all of their values (default: id where every row has one of its own, otherwise ${CONTENT})`,
  },
};

export const DATA_DELTA_MAKE_HELP = `Usage: npm run data-delta -- make --base FILE --derived FILE --out FILE [--key FIELD]

Writes what turns one data set into another: rows that are the same, changed fields, new rows. The result restores JSON Lines
and CSV to the byte, and Parquet with equal rows and schema; the command checks that before it keeps the file.

${optionsHelp(OPTIONS)}`;

export interface DataDeltaMakeRequest {
  base: string;
  derived: string;
  out: string;
  /** A field, null for content, or undefined for `id` where possible. */
  key: string | null | undefined;
}

/** Parses the arguments of `npm run data-delta -- make`. @throws LabError bad-plan for every invalid option */
export function parseDataDeltaMake(args: readonly string[]): DataDeltaMakeRequest {
  const given = readArguments(args, OPTIONS);
  const key = given.value('key');
  return {
    base: resolve(given.required('base')),
    derived: resolve(given.required('derived')),
    out: resolve(given.required('out')),
    key: key === CONTENT ? null : key,
  };
}
