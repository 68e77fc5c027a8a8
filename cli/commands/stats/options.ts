import { resolve } from 'node:path';
import { optionsHelp, readArguments, type OptionTable } from '../../shared/options';

const OPTIONS: OptionTable = {
  format: { value: 'llama.cpp', help: 'whose words and digits to print (default: llama.cpp)' },
};

export const STATS_HELP = `Usage: npm run stats -- DIR [options]

Prints the statistics of the records in DIR as llama-perplexity prints them: perplexity, KL divergence from the float32 model, and
changes of the right token's probability. The records must be of the protocol llama.cpp.

${optionsHelp(OPTIONS)}
Example: npm run sweep -- --model gpt2-tinystories --protocol llama.cpp --context 256 --windows all --file model.Q4_0.gguf --out DIR
         npm run stats -- DIR --format llama.cpp
`;

/**
 * Parses the arguments of `npm run stats`.
 * @returns the folder of the sweep
 * @throws LabError bad-plan for invalid arguments
 */
export function parseStats(args: readonly string[]): string {
  const given = readArguments(args, OPTIONS, ['DIR']);
  given.oneOf('format', ['llama.cpp'], 'llama.cpp');
  return resolve(given.positionals[0]);
}
