import { resolve } from 'node:path';
import { optionsHelp, readArguments, type OptionTable } from '../../../shared/options';

const OPTIONS: OptionTable = {
  base: { value: 'FILE', help: 'the data set that the delta was made from' },
  out: { value: 'FILE', help: 'the data set to write' },
};

export const DATA_DELTA_APPLY_HELP = `Usage: npm run data-delta -- apply --base FILE DELTA --out FILE

Restores a derived data set from its base and the delta. The base must be the very file that the delta was made from, and the
checksum of the result must be that of the original; otherwise nothing is written.

${optionsHelp(OPTIONS)}`;

export interface DataDeltaApplyRequest {
  base: string;
  delta: string;
  out: string;
}

/** Parses the arguments of `npm run data-delta -- apply`. @throws LabError bad-plan for every invalid option */
export function parseDataDeltaApply(args: readonly string[]): DataDeltaApplyRequest {
  const given = readArguments(args, OPTIONS, ['DELTA']);
  return {
    base: resolve(given.required('base')),
    delta: resolve(given.positionals[0]),
    out: resolve(given.required('out')),
  };
}
