import { crossCheckInput } from '../../../src/lab/crossCheck/input';
import type { Lab } from '../../../src/lab/lab';
import type { Model } from '../../../src/models/model';
import { nodeLab } from '../../../src/platform/node/lab';
import { readLocal } from '../../../src/platform/node/localFile';
import { logits } from '../../../src/runtime/forward/logits';
import { denseWeights } from '../../../src/runtime/forward/weights';
import { runCommand } from '../../shared/command';
import { usage } from '../../shared/options';
import { compareLogits, parseExpected, type Expected } from './expectedLogits';
import { onnxLogits } from './onnxLogits';
import { CHECK_HELP, parseCheck, type CheckRequest } from './options';
import { checkText } from './report';

/** Runs `npm run check`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: CHECK_HELP, parse: parseCheck, execute: check }, args);
}

async function check(request: CheckRequest, signal: AbortSignal): Promise<number> {
  const lab = await nodeLab(request.adapter);
  try {
    const model = await lab.openModel(request.model, signal);
    const expected = await expectedOf(lab, model, request.against, signal);
    const weights = await denseWeights(lab.gpu, model, signal);
    const actual = await logits(lab.gpu, model.shape, weights, expected.input, signal);
    weights.dispose();
    const found = compareLogits(actual, expected.logits, model.shape.program.head.outputs);
    process.stdout.write(checkText(found, request.tolerance));
    return found.maxAbsDifference <= request.tolerance ? 0 : 1;
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
      `${path} computes ${theirs.length} logits, but ${model.id} has ${count}.`,
      'Use the ONNX file of this model.',
    );
  process.stdout.write(`${name}, ${rows} rows\n`);
  return { input, logits: theirs };
}
