import { resolve } from 'node:path';
import { ADAPTER, optionsHelp, readArguments, type OptionTable } from '../../shared/options';

const OPTIONS: OptionTable = {
  out: { value: 'FOLDER', help: 'folder to write, in Hugging Face hub layout with float32 weights' },
  adapter: ADAPTER,
};

export const DECOMPRESS_HELP = `Usage: npm run decompress -- FILE --out FOLDER [options]

Restores an artefact to a folder that Hugging Face transformers loads as it is.

${optionsHelp(OPTIONS)}`;

export interface DecompressRequest {
  file: string;
  out: string;
  adapter?: string;
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseDecompress(args: readonly string[]): DecompressRequest {
  const given = readArguments(args, OPTIONS, ['FILE']);
  return {
    file: resolve(given.positionals[0]),
    out: resolve(given.required('out')),
    adapter: given.value('adapter'),
  };
}
