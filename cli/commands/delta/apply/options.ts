import { resolve } from 'node:path';
import { optionsHelp, readArguments, type OptionTable } from '../../../shared/options';

const OPTIONS: OptionTable = {
  base: { value: 'FOLDER', help: 'the model that the delta was made from' },
  out: { value: 'FOLDER', help: 'folder to write, in Hugging Face hub layout' },
};

export const DELTA_APPLY_HELP = `Usage: npm run delta -- apply --base FOLDER FILE --out FOLDER

Restores a fine-tuned model from its base and the delta. The base must have the tensors that the delta was made from, and each
restored tensor the checksum that the delta states; otherwise nothing is written.

${optionsHelp(OPTIONS)}`;

export interface DeltaApplyRequest {
  base: string;
  file: string;
  out: string;
}

/** Parses the arguments of `npm run delta -- apply`. @throws LabError bad-plan for every invalid option */
export function parseDeltaApply(args: readonly string[]): DeltaApplyRequest {
  const given = readArguments(args, OPTIONS, ['FILE']);
  return {
    base: resolve(given.required('base')),
    file: resolve(given.positionals[0]),
    out: resolve(given.required('out')),
  };
}
