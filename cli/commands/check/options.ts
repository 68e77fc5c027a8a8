import { resolve } from 'node:path';
import type { ComputeChoice } from '../../../src/lab/compute';
import {
  ADAPTER,
  COMPUTE,
  computeOf,
  optionsHelp,
  readArguments,
  usage,
  type Arguments,
  type OptionTable,
} from '../../shared/options';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

const DEFAULT_TOLERANCE = 1e-4;

const OPTIONS: OptionTable = {
  model: { value: 'FOLDER', help: 'folder in Hugging Face hub layout, or an embedded model' },
  expected: { value: 'FILE', help: 'safetensors file with input_ids or pixel_values, and their logits' },
  onnx: {
    value: 'FILE',
    help: 'instead of --expected: the same model as ONNX, run by ONNX Runtime on the CPU',
  },
  tolerance: { value: 'X', help: `largest absolute difference allowed (default: ${DEFAULT_TOLERANCE})` },
  adapter: ADAPTER,
  compute: COMPUTE,
};

export const CHECK_HELP = `Usage: npm run check -- --model FOLDER --expected FILE | --onnx FILE [options]

Runs a checkpoint in float32 and compares its logits with those of another program. The exit code is 1 if they differ by
more than the tolerance.

${optionsHelp(OPTIONS)}`;

export interface CheckRequest {
  model: string;
  /** The file to compare with. */
  against: { kind: 'expected' | 'onnx'; path: string };
  tolerance: number;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run check`. @throws LabError bad-plan for every invalid option */
export function parseCheck(args: readonly string[]): CheckRequest {
  const given = readArguments(args, OPTIONS);
  return {
    model: CLI_PLAN_NAMES.model(given.required('model')).id,
    against: againstOf(given),
    tolerance: toleranceOf(given.value('tolerance')),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}

function againstOf(given: Arguments): CheckRequest['against'] {
  const named = (['expected', 'onnx'] as const).flatMap((kind) => {
    const path = given.value(kind);
    return path === undefined ? [] : [{ kind, path: resolve(path) }];
  });
  if (named.length === 1) return named[0];
  throw usage(
    named.length === 0 ? 'Neither --expected nor --onnx is given.' : '--expected and --onnx are both given.',
    'Give either --expected FILE or --onnx FILE.',
  );
}

function toleranceOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TOLERANCE;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw usage(
    `--tolerance ${text.slice(0, 60)} is negative or not a number.`,
    'Write e.g. --tolerance 1e-3.',
  );
}
