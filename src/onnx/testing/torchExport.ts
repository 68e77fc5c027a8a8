import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { KeyedRandom } from '../../base/random';
import type { Gpu } from '../../gpu/gpu';
import type { ModelShape } from '../../models/architecture';
import { loadModel } from '../../models/load/load';
import { logits, type ModelInput } from '../../runtime/forward/logits';
import { denseWeights } from '../../runtime/forward/weights';
import { readCheckpoint } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
import { independentLogits } from '../independent';

/** Tolerance of two float32 programs with different orders of sums; the logits of these models reach about 20. */
const LOGITS = { abs: 1e-4 };

const SEQUENCES = 2;
const LENGTH = 24;

interface RandomInput {
  /** Shape [sequences, tokens], or [images, channels, size, size]. */
  dims: number[];
  input: ModelInput;
}

/** Returns two sequences of random token ids, or two images of random pixels in the range of preprocessed ones. */
function randomInput({ image, vocabulary }: ModelShape, seed: number): RandomInput {
  const random = new KeyedRandom(seed);
  const dims = image ? [SEQUENCES, image.channels, image.size, image.size] : [SEQUENCES, LENGTH];
  const count = dims.reduce((a, b) => a * b);
  const values = image
    ? Float32Array.from({ length: count }, () => 4 * random.nextUniform() - 2)
    : Uint32Array.from({ length: count }, () => Math.floor(random.nextUniform() * vocabulary));
  return { dims, input: { values, sequences: SEQUENCES, length: LENGTH } };
}

/** Runs a file that torch exported with ONNX Runtime and returns the logits and their shape. */
async function runTorchExport(path: string, { dims, input: { values } }: RandomInput) {
  const session = await ort.InferenceSession.create(readFileSync(path));
  const feed =
    values instanceof Float32Array
      ? new ort.Tensor('float32', values, dims)
      : new ort.Tensor('int64', BigInt64Array.from(Array.from(values, BigInt)), dims);
  const { dims: shape, data } = (await session.run({ [session.inputNames[0]]: feed }))[
    session.outputNames[0]
  ];
  return { shape, logits: data as Float32Array };
}

/** Expects the ONNX graph that we write of an embedded model to give the logits of the file that torch exported. */
export async function expectEmittedEqualsExport(id: string, path: string): Promise<void> {
  const model = await loadModel(folderFiles(`public/models/${id}`));
  const given = randomInput(model.shape, 7);
  const ours = await independentLogits(ort, model, { shape: given.dims, values: given.input.values });
  const theirs = await runTorchExport(path, given);
  expect(ours.shape).toEqual(theirs.shape);
  expectClose(ours.values, theirs.logits, LOGITS);
}

/** Expects an embedded model on our GPU to give the logits of the file that torch exported. */
export async function expectGpuEqualsExport(gpu: Gpu, id: string, path: string): Promise<void> {
  const checkpoint = readCheckpoint(`public/models/${id}`);
  const given = randomInput(checkpoint.shape, 11);
  const weights = await denseWeights(gpu, checkpoint);
  const ours = await logits(gpu, checkpoint.shape, weights, given.input);
  weights.dispose();
  expectClose(ours, (await runTorchExport(path, given)).logits, LOGITS);
}
