import { ADAPTER, optionsHelp, readArguments, usage, type OptionTable } from '../../../shared/options';

const DEFAULT_WEIGHTS = 2 ** 20;
/** Columns of the matrix, which are whole blocks of every type. */
export const BLOCKS_COLUMNS = 1024;

const OPTIONS: OptionTable = {
  weights: {
    value: 'N',
    help: `number of weights, a multiple of ${BLOCKS_COLUMNS} (default: ${DEFAULT_WEIGHTS})`,
  },
  adapter: ADAPTER,
};

export const BLOCKS_HELP = `Usage: npm run bench -- blocks [options]

Encodes and decodes a matrix in every block type of llama.cpp, by the TypeScript that reads and writes GGUF files and by the kernels of
the codecs, and prints weights per second. The bytes of both are compared first. Everything runs twice; the second time counts.

${optionsHelp(OPTIONS)}`;

export interface BlocksRequest {
  weights: number;
  adapter?: string;
}

/** Parses the arguments of `npm run bench -- blocks`. @throws LabError bad-plan for every invalid option */
export function parseBlocks(args: readonly string[]): BlocksRequest {
  const given = readArguments(args, OPTIONS);
  const weights = Number(given.value('weights') ?? DEFAULT_WEIGHTS);
  if (
    !Number.isInteger(weights) ||
    weights < BLOCKS_COLUMNS ||
    weights > 2 ** 26 ||
    weights % BLOCKS_COLUMNS !== 0
  )
    throw usage(
      `--weights is ${given.value('weights')}.`,
      `Give a multiple of ${BLOCKS_COLUMNS} up to ${2 ** 26}.`,
    );
  return { weights, adapter: given.value('adapter') };
}
