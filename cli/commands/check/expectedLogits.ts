import { LabError } from '../../../src/base/errors';
import { parseSafetensors, toFloat32 } from '../../../src/formats/safetensors/read';
import type { RawTensor } from '../../../src/formats/dtypes';
import type { ModelShape } from '../../../src/models/architecture';
import type { ModelInput } from '../../../src/runtime/forward/logits';
import { argMax } from '../../../src/runtime/generate/sampling';

/** An input, and the logits that another implementation computed from it. */
export interface Expected {
  input: ModelInput;
  /** Shape [rows, outputs]. */
  logits: Float32Array;
}

/**
 * Reads `input_ids` ([batch, length] or [length], I32 or I64) or `pixel_values` ([images, channels, size, size], float)
 * and `logits` from a safetensors file and checks them against the model.
 * @throws LabError bad-file that names the tensor and what is wrong with it
 */
export function parseExpected(bytes: Uint8Array, shape: ModelShape): Expected {
  const { tensors } = parseSafetensors(bytes);
  const input = shape.image ? imageInput(tensors, shape.image) : tokenInput(tensors, shape.vocabulary);
  const stored = required(tensors, 'logits', 'the values to compare with');
  const rows = shape.image ? input.sequences : input.sequences * input.length;
  const { outputs } = shape.program.head;
  const logits = toFloat32(stored);
  if (logits.length !== rows * outputs || stored.shape.at(-1) !== outputs)
    throw badFile(`logits has shape [${stored.shape}]; this input gives ${rows} rows of ${outputs}.`);
  return { input, logits };
}

function tokenInput(tensors: ReadonlyMap<string, RawTensor>, vocabulary: number): ModelInput {
  const stored = required(tensors, 'input_ids', 'the tokens of a language model');
  const [sequences, length] = stored.shape.length === 1 ? [1, stored.shape[0]] : stored.shape;
  if (stored.shape.length > 2 || !(sequences * length > 0))
    throw badFile(`input_ids has shape [${stored.shape}]; [batch, length] is needed.`);
  return { values: tokenIds(stored, vocabulary), sequences, length };
}

function tokenIds({ dtype, bytes }: RawTensor, vocabulary: number): Uint32Array {
  const copy = bytes.slice().buffer;
  if (dtype !== 'I32' && dtype !== 'I64') throw badFile(`input_ids is ${dtype}; I32 or I64 is needed.`);
  const ids = dtype === 'I64' ? Array.from(new BigInt64Array(copy), Number) : new Int32Array(copy);
  return Uint32Array.from(ids, (id) => {
    if (id >= 0 && id < vocabulary) return id;
    throw badFile(`input_ids holds ${id}, outside the vocabulary of ${vocabulary}.`);
  });
}

function imageInput(
  tensors: ReadonlyMap<string, RawTensor>,
  { size, channels }: NonNullable<ModelShape['image']>,
): ModelInput {
  const stored = required(tensors, 'pixel_values', 'the images of an image model');
  const [images, ...rest] = stored.shape;
  if (!(images > 0) || String(rest) !== String([channels, size, size]))
    throw badFile(
      `pixel_values has shape [${stored.shape}]; [images, ${channels}, ${size}, ${size}] is needed.`,
    );
  return { values: toFloat32(stored), sequences: images, length: 0 };
}

function required(tensors: ReadonlyMap<string, RawTensor>, name: string, what: string): RawTensor {
  const found = tensors.get(name);
  if (found) return found;
  throw badFile(`The file has no tensor ${name} (${what}).`);
}

function badFile(message: string): LabError {
  return new LabError(
    'bad-file',
    message,
    'Save input_ids or pixel_values together with the logits they give: safetensors.numpy.save_file({…}).',
  );
}

/** The difference between two sets of logits. */
export interface LogitsComparison {
  maxAbsDifference: number;
  /** Number of rows whose largest logit has the same index. */
  agreeing: number;
  rows: number;
}

/**
 * Compares two sets of logits row by row.
 * @param width number of logits in a row
 * @returns the comparison, with an infinite difference if either side is NaN
 */
export function compareLogits(actual: Float32Array, expected: Float32Array, width: number): LogitsComparison {
  const rows = expected.length / width;
  let maxAbsDifference = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    maxAbsDifference = Math.max(maxAbsDifference, Number.isNaN(difference) ? Infinity : difference);
  }
  let agreeing = 0;
  for (let row = 0; row < rows; row++) {
    const range = [row * width, (row + 1) * width] as const;
    if (argMax(actual.subarray(...range)) === argMax(expected.subarray(...range))) agreeing++;
  }
  return { maxAbsDifference, agreeing, rows };
}
