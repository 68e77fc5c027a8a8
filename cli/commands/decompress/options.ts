import { resolve } from 'node:path';
import type { ComputeChoice } from '../../../src/lab/compute';
import {
  ADAPTER,
  CODING_COMPUTE,
  computeOf,
  optionsHelp,
  readArguments,
  type Arguments,
  type OptionTable,
} from '../../shared/options';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

const OPTIONS: OptionTable = {
  out: { value: 'FOLDER', help: 'folder to write, in Hugging Face hub layout, with float32 weights' },
  base: { value: 'MODEL', help: 'for an artefact of delta(…): the model of which it holds the difference' },
  adapter: ADAPTER,
  compute: CODING_COMPUTE,
};

export const DECOMPRESS_HELP = `Usage: npm run decompress -- FILE|FOLDER --out FOLDER [options]

Restores an artefact, a GGUF file, an ONNX file of transformers.js or a folder with a quantised checkpoint (GPTQ, AWQ,
compressed-tensors, bitsandbytes, MLX) as a folder with float32 weights that Hugging Face transformers can load.

${optionsHelp(OPTIONS)}`;

export interface DecompressRequest {
  file: string;
  out: string;
  base?: string;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run decompress`. @throws LabError bad-plan for every invalid option */
export function parseDecompress(args: readonly string[]): DecompressRequest {
  const given = readArguments(args, OPTIONS, ['FILE']);
  return {
    file: resolve(given.positionals[0]),
    out: resolve(given.required('out')),
    base: baseNamed(given),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}

function baseNamed(given: Arguments): string | undefined {
  const name = given.value('base');
  return name === undefined ? undefined : CLI_PLAN_NAMES.model(name).id;
}
