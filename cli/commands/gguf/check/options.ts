import { resolve } from 'node:path';
import { ADAPTER, optionsHelp, readArguments, type OptionTable } from '../../../shared/options';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';

const DEFAULT_PROMPT = 'Once upon a time';
/** Tokens after the prompt that are compared. */
export const COMPARED_TOKENS = 32;

const OPTIONS: OptionTable = {
  model: { value: 'NAME', help: 'the model the file was exported from, to compare with as well' },
  prompt: {
    value: 'TEXT',
    help: `what the ${COMPARED_TOKENS} tokens continue (default: "${DEFAULT_PROMPT}")`,
  },
  out: { value: 'FILE', help: 'JSON of the outcome' },
  records: {
    value: 'FOLDER',
    help: 'folder of a sweep: its records of the same weights get the outcome (F32 files only)',
  },
  adapter: ADAPTER,
};

export const GGUF_CHECK_HELP = `Usage: npm run gguf -- check FILE [options]

Reads a GGUF file, loads it in llama.cpp (WebAssembly, in headless Chromium, key/value cache in float32), and compares the
log-probabilities of the ${COMPARED_TOKENS} tokens that follow a prompt. Exit code 1 beyond the tolerance, which is known for F32 files
only: for other types llama.cpp rounds activations too.

${optionsHelp(OPTIONS)}`;

export interface GgufCheckRequest {
  file: string;
  model?: string;
  prompt: string;
  out?: string;
  records?: string;
  adapter?: string;
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseGgufCheck(args: readonly string[]): GgufCheckRequest {
  const given = readArguments(args, OPTIONS, ['FILE']);
  const model = given.value('model');
  return {
    file: resolve(given.positionals[0]),
    model: model === undefined ? undefined : CLI_PLAN_NAMES.model(model).id,
    prompt: given.value('prompt') ?? DEFAULT_PROMPT,
    out: given.path('out'),
    records: given.path('records'),
    adapter: given.value('adapter'),
  };
}
