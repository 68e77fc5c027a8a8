import { resolve } from 'node:path';
import type { ComputeChoice } from '../../../src/lab/compute';
import {
  ADAPTER,
  CODING_COMPUTE,
  computeOf,
  optionsHelp,
  readArguments,
  type OptionTable,
} from '../../shared/options';

const OPTIONS: OptionTable = {
  out: { value: 'FOLDER', help: 'folder to write, in Hugging Face hub layout, with float32 weights' },
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
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run decompress`. @throws LabError bad-plan for every invalid option */
export function parseDecompress(args: readonly string[]): DecompressRequest {
  const given = readArguments(args, OPTIONS, ['FILE']);
  return {
    file: resolve(given.positionals[0]),
    out: resolve(given.required('out')),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}
