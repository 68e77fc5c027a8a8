import { resolve } from 'node:path';
import { FILE_TYPE_NAMES, fileType, type GgufFileType } from '../../../../src/models/gguf/fileTypes';
import {
  ADAPTER,
  optionsHelp,
  readArguments,
  usage,
  type Arguments,
  type OptionTable,
} from '../../../shared/options';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';

const OPTIONS: OptionTable = {
  model: { value: 'NAME', help: 'embedded model, a folder in Hugging Face hub layout, or a GGUF file' },
  from: {
    value: 'FILE',
    help: 'instead of --model: an artefact of `npm run compress`',
  },
  type: {
    value: 'TYPE',
    help: `type of the matrices: ${FILE_TYPE_NAMES.join(', ')} (default: F32; STORED: the blocks of the artefact)`,
  },
  imatrix: {
    value: 'FILE',
    help: 'importance matrix of llama-imatrix (.dat) by which the K, Q4_1, Q5 and IQ4 types weigh errors',
  },
  out: { value: 'FILE', help: 'the GGUF file to write' },
  adapter: {
    value: 'NAME',
    help: `GPU that decodes an artefact: ${ADAPTER.help}`,
  },
};

export const GGUF_EXPORT_HELP = `Usage: npm run gguf -- export --model NAME --out FILE [options]

Writes a gpt2 or llama model as one GGUF file for llama.cpp, with tokenizer and metadata. Matrices whose row length is not a
multiple of the block size get llama.cpp's fallback type or are kept as F16 and listed; norms, biases and positions are F32.

${optionsHelp(OPTIONS)}`;

export interface GgufExportRequest {
  /** Name of a model (embedded, a folder or a GGUF file), or the path of an artefact. */
  source: { model: string } | { artefact: string };
  type: GgufFileType;
  /** Path of an importance matrix. */
  imatrix?: string;
  out: string;
  adapter?: string;
}

/** Parses the arguments of `npm run gguf -- export`. @throws LabError bad-plan for every invalid option */
export function parseGgufExport(args: readonly string[]): GgufExportRequest {
  const given = readArguments(args, OPTIONS);
  return {
    source: sourceOf(given),
    type: fileType(given.value('type') ?? 'F32'),
    imatrix: given.path('imatrix'),
    out: resolve(given.required('out')),
    adapter: given.value('adapter'),
  };
}

function sourceOf(given: Arguments): GgufExportRequest['source'] {
  const from = given.path('from');
  if (from === undefined) return { model: CLI_PLAN_NAMES.model(given.required('model')).id };
  if (given.values.has('model'))
    throw usage('--model and --from are both given.', 'Give one of them: an artefact holds its own model.');
  return { artefact: from };
}
