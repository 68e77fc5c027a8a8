import { logits } from '../src/runtime/logits';
import { denseWeights } from '../src/runtime/weights';
import { runCommand } from './command';
import { compareLogits, parseExpected } from './expectedLogits';
import { readLocal } from './folder';
import { nodeLab } from './nodeLab';
import { optionsHelp, readArguments, required, usage, type OptionTable } from './options';
import { userPath } from './paths';
import { CLI_WORLD } from './world';

const DEFAULT_TOLERANCE = 1e-4;

const OPTIONS: OptionTable = {
  model: { value: 'FOLDER', help: 'folder in Hugging Face hub layout, or an embedded model' },
  expected: { value: 'FILE', help: 'safetensors file with input_ids or pixel_values, and their logits' },
  tolerance: { value: 'X', help: `largest absolute difference allowed (default: ${DEFAULT_TOLERANCE})` },
  adapter: { value: 'NAME', help: 'auto, software, or part of an adapter’s name (default: auto)' },
};

export const CHECK_HELP = `Usage: npm run check -- --model FOLDER --expected FILE [options]

Runs a checkpoint in float32 and compares with logits computed elsewhere. Exit code 1 beyond the tolerance.

${optionsHelp(OPTIONS)}`;

export interface CheckRequest {
  model: string;
  expected: string;
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
    expected: userPath(required(given, 'expected')),
    tolerance: toleranceOf(given.values.get('tolerance')?.[0]),
    adapter: given.values.get('adapter')?.[0],
  };
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
    const expected = parseExpected(await readLocal(request.expected, signal), model.shape);
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
