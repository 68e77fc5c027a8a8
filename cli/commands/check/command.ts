import { crossCheckInput } from '../../../src/lab/crossCheck/input';
import type { Lab } from '../../../src/lab/lab';
import type { Model } from '../../../src/models/model';
import { logits } from '../../../src/runtime/forward/logits';
import { denseWeights } from '../../../src/runtime/forward/weights';
import { runCommand } from '../../shared/command';
import { compareLogits, parseExpected, type Expected } from './expectedLogits';
import { readLocal } from '../../../src/platform/node/localFile';
import { nodeLab } from '../../../src/platform/node/lab';
import { onnxLogits } from './onnxLogits';
import {
  optionsHelp,
  readArguments,
  required,
  usage,
  type Arguments,
  type OptionTable,
} from '../../shared/options';
import { userPath } from '../../../src/platform/node/paths';
import { CLI_WORLD } from '../../shared/world';

const DEFAULT_TOLERANCE = 1e-4;

const OPTIONS: OptionTable = {
  model: { value: 'FOLDER', help: 'folder in Hugging Face hub layout, or an embedded model' },
  expected: { value: 'FILE', help: 'safetensors file with input_ids or pixel_values, and their logits' },
  onnx: { value: 'FILE', help: 'or: the same model as ONNX, run by ONNX Runtime on the CPU' },
  tolerance: { value: 'X', help: `largest absolute difference allowed (default: ${DEFAULT_TOLERANCE})` },
  adapter: { value: 'NAME', help: 'auto, software, or part of an adapter’s name (default: auto)' },
};

export const CHECK_HELP = `Usage: npm run check -- --model FOLDER --expected FILE | --onnx FILE [options]

Runs a checkpoint in float32 and compares with logits computed elsewhere. Exit code 1 beyond the tolerance.

${optionsHelp(OPTIONS)}`;

export interface CheckRequest {
  model: string;
  /** What to compare with, and where it lies. */
  against: { kind: 'expected' | 'onnx'; path: string };
  tolerance: number;
  adapter?: string;
}

/** `npm run check`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: CHECK_HELP, parse: parseCheck, execute: check }, args);
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseCheck(args: readonly string[]): CheckRequest {
  const given = readArguments(args, OPTIONS);
  return {
    model: CLI_WORLD.model(required(given, 'model')).id,
    against: againstOf(given),
    tolerance: toleranceOf(given.values.get('tolerance')?.[0]),
    adapter: given.values.get('adapter')?.[0],
  };
}

function againstOf({ values }: Arguments): CheckRequest['against'] {
  const given = (['expected', 'onnx'] as const).flatMap((kind) => {
    const path = values.get(kind)?.[0];
    return path === undefined ? [] : [{ kind, path: userPath(path) }];
  });
  if (given.length === 1) return given[0];
  throw usage(
    `What to compare with is ${given.length === 0 ? 'missing' : 'given twice'}.`,
    'Give either --expected FILE or --onnx FILE.',
  );
}

function toleranceOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TOLERANCE;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw usage(
    `--tolerance ${text.slice(0, 60)} is not a number of at least 0.`,
    'Write e.g. --tolerance 1e-3.',
  );
}

async function check(request: CheckRequest, signal: AbortSignal): Promise<number> {
  const lab = await nodeLab(request.adapter);
  try {
    const model = await lab.openModel(request.model, signal);
    const expected = await expectedOf(lab, model, request.against, signal);
    const weights = await denseWeights(lab.gpu, model, signal);
    const actual = await logits(lab.gpu, model.shape, weights, expected.input, signal);
    weights.dispose();
    const width = model.shape.program.head.outputs;
    const { maxAbsDifference, agreeing, rows } = compareLogits(actual, expected.logits, width);
    const ok = maxAbsDifference <= request.tolerance;
    process.stdout.write(
      `max abs difference ${maxAbsDifference.toExponential(3)} (tolerance ${request.tolerance.toExponential(0)})\n` +
        `arg-max agreement ${agreeing} of ${rows}\n${ok ? 'PASS' : 'FAIL'}\n`,
    );
    return ok ? 0 : 1;
  } finally {
    lab.gpu.destroy();
  }
}

async function expectedOf(
  lab: Lab,
  model: Model,
  { kind, path }: CheckRequest['against'],
  signal: AbortSignal,
): Promise<Expected> {
  if (kind === 'expected') return parseExpected(await readLocal(path, signal), model.shape);
  const input = await crossCheckInput(lab, model, undefined, signal);
  const { name, logits: theirs } = await onnxLogits(path, input, signal);
  const rows = model.shape.image ? input.sequences : input.sequences * input.length;
  const count = rows * model.shape.program.head.outputs;
  if (theirs.length !== count)
    throw usage(
      `${path} gives ${theirs.length} logits where ${model.id} has ${count}.`,
      'Name the ONNX file of this very model.',
    );
  process.stdout.write(`${name}, ${rows} rows\n`);
  return { input, logits: theirs };
}
