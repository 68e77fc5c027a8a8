import { resolve } from 'node:path';
import type { ComputeChoice } from '../../../src/lab/compute';
import { PLAN_PARAMETERS } from '../../../src/lab/plan/parameters';
import { COMPRESSION_OPTIONS, compressionOf, type CompressionRequest } from '../../shared/compression';
import {
  ADAPTER,
  CODING_COMPUTE,
  computeOf,
  optionsHelp,
  readArguments,
  type OptionTable,
} from '../../shared/options';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

const OPTIONS: OptionTable = {
  model: { value: 'NAME', help: 'embedded model, or a folder in Hugging Face hub layout' },
  codec: { value: 'SPEC', help: 'one codec with options, e.g. "rtn(bits=4,group=32)"' },
  out: { value: 'FILE', help: 'the artefact to write (a safetensors file)' },
  ...COMPRESSION_OPTIONS,
  adapter: ADAPTER,
  compute: CODING_COMPUTE,
};

export const COMPRESS_HELP = `Usage: npm run compress -- --model NAME --codec SPEC --out FILE [options]

Writes the compressed model as one file, with exactly the bytes that \`sweep\` measures and \`decompress\` restores. The model
is read, compressed and written tensor by tensor, so it may be larger than memory (docs/large-models.md).

${optionsHelp(OPTIONS)}`;

export interface CompressRequest extends CompressionRequest {
  model: string;
  out: string;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run compress`. @throws LabError bad-plan for every invalid option */
export function parseCompress(args: readonly string[]): CompressRequest {
  const given = readArguments(args, OPTIONS);
  const source = CLI_PLAN_NAMES.model(PLAN_PARAMETERS.model.parse(given.required('model'), '--model'));
  return {
    model: source.id,
    ...compressionOf(given, source),
    out: resolve(given.required('out')),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}
