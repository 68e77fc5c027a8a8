import { crossCheckInput } from '../../../src/lab/crossCheck/input';
import type { Lab } from '../../../src/lab/lab';
import type { Model } from '../../../src/models/model';
import { nodeLab } from '../../../src/platform/node/lab';
import { readLocal } from '../../../src/platform/node/localFile';
import { nodeRuntime } from '../../../src/platform/node/onnxRuntime';
import { independentLogits } from '../../../src/onnx/independent';
import { logits, type ModelInput } from '../../../src/runtime/forward/logits';
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
  const lab = await nodeLab(request.adapter, request.compute);
  try {
    const model = await lab.openModel(request.model, signal);
    const expected = await expectedOf(lab, model, request.against, signal);
    const actual = await computedLogits(lab, model, expected.input, signal);
    const found = compareLogits(actual, expected.logits, model.shape.program.head.outputs);
    process.stdout.write(checkText(found, request.tolerance));
    return found.maxAbsDifference <= request.tolerance ? 0 : 1;
  } finally {
    lab.gpu?.destroy();
  }
}

/** Computes the model's logits where the lab measures. */
async function computedLogits(
  { gpu, cpu }: Lab,
  model: Model,
  input: ModelInput,
  signal: AbortSignal,
): Promise<Float32Array> {
  if (cpu || !gpu) {
    const { values } = input;
    const { api, session } = cpu ?? (await nodeRuntime());
    const given = { shape: dimsOf(model, input), values };
    return (await independentLogits(api, model, given, { session, signal })).values;
  }
  const weights = await denseWeights(gpu, model, signal);
  try {
    return await logits(gpu, model.shape, weights, input, signal);
  } finally {
    weights.dispose();
  }
}

function dimsOf({ shape: { image } }: Model, { sequences, length }: ModelInput): number[] {
  return image ? [sequences, image.channels, image.size, image.size] : [sequences, length];
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
