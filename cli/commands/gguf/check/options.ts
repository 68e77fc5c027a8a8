import { resolve } from 'node:path';
import { ADAPTER, optionsHelp, readArguments, type OptionTable } from '../../../shared/options';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';

const DEFAULT_PROMPT = 'Once upon a time';
/** Number of tokens after the prompt that are compared. */
export const COMPARED_TOKENS = 32;

const OPTIONS: OptionTable = {
  model: { value: 'NAME', help: 'also compare with the model that the file was exported from' },
  prompt: {
    value: 'TEXT',
    help: `text before the ${COMPARED_TOKENS} tokens compared (default: "${DEFAULT_PROMPT}")`,
  },
  out: { value: 'FILE', help: 'also write the outcome as JSON' },
  records: {
    value: 'FOLDER',
    help: 'folder of a sweep; the outcome is stored in its records of the same weights (F32 files only)',
  },
  adapter: ADAPTER,
};

export const GGUF_CHECK_HELP = `Usage: npm run gguf -- check FILE [options]

Reads a GGUF file, loads it in llama.cpp (WebAssembly in headless Chromium, with a float32 key/value cache), and compares the
log-probabilities of the ${COMPARED_TOKENS} tokens that follow a prompt. The exit code is 1 if they differ by more than the tolerance, which is
known for F32 files only: with other types llama.cpp also rounds activations.

${optionsHelp(OPTIONS)}`;

export interface GgufCheckRequest {
  file: string;
  model?: string;
  prompt: string;
  out?: string;
  records?: string;
  adapter?: string;
}

/** Parses the arguments of `npm run gguf -- check`. @throws LabError bad-plan for every invalid option */
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
