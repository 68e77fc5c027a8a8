import { expect } from 'vitest';
import { weightedSquares } from '../../../../../calibrate/outputError';
import type { SyntheticInputs } from '../../../../../calibrate/testing/inputs';
import type { Gpu } from '../../../../../gpu/gpu';
import { releaseMatrix, uploadMatrix } from '../../../../../runtime/linear/matrix';
import { testGpu } from '../../../../../testing/gpu';
import { readCode } from '../../../../kit/bits';
import type { MatrixShape } from '../../../../contract/codec';
import { encodeTensor } from '../../../../contract/coding';
import type { Parts } from '../../../../contract/parts';
import type { CodecOptions, OptionValue } from '../../../../contract/meta';
import rtn from '../../../integer/rtn/codec';
import rtnMeta from '../../../integer/rtn/meta';
import { completeOptions } from '../../../../contract/spec';
import { TENSOR } from '../../../../conformance/checks';
import codec from '../codec';
import meta from '../meta';
import { partOf } from '../../../../../testing/parts';

export type Given = Record<string, OptionValue>;

/** The shares of codes and of the output error by which float32 may differ from float64. */
const CODE_BUDGET = 1e-3;
const ERROR_BUDGET = 1e-3;

const gpu = await testGpu();
const { reference } = codec;

/** Completes the given options by the defaults of the others. */
export const optionsOf = (given: Given) => completeOptions(meta, given);

/** Returns the options with which plain rounding uses the same grid. */
export function rtnOptions({ bits, group, scheme, clip }: CodecOptions): CodecOptions {
  return completeOptions(rtnMeta, { bits, group, scheme, clip });
}

/** Encodes on the GPU with statistics of the layer's inputs if they are given. */
export function encode(
  values: Float32Array,
  shape: MatrixShape,
  options: CodecOptions,
  inputs?: SyntheticInputs,
  on: Gpu = gpu,
) {
  const context = { gpu: on, seed: 1, ...(inputs && { inputs: inputs.gpu }) };
  return encodeTensor(codec, { name: TENSOR, shape, values }, options, context);
}

/** Computes tr(E G Eᵀ) of the decoded parts. */
export async function outputErrorOf(
  values: Float32Array,
  shape: MatrixShape,
  options: CodecOptions,
  parts: Parts,
  { gpu: { gram } }: SyntheticInputs,
): Promise<number> {
  const decoded = reference.decode(parts, shape, options);
  const e = values.map((value, i) => value - decoded[i]);
  const matrix = uploadMatrix(gpu, e, shape[0], shape[1], 'error');
  return weightedSquares(gpu, matrix, gram).finally(() => releaseMatrix(gpu.buffers, matrix));
}

/** Counts the codes that differ between two encodings. */
function differentCodes(a: Parts, b: Parts, [rows, columns]: MatrixShape, bits: number): number {
  const rowBytes = a.get('codes')!.length / rows;
  let different = 0;
  for (let i = 0; i < rows * columns; i++) {
    const [base, column] = [Math.floor(i / columns) * rowBytes, i % columns];
    const code = (parts: Parts) => readCode(partOf(parts, 'codes'), base, column, bits);
    different += Number(code(a) !== code(b));
  }
  return different;
}

/** Checks that codes and output error are near the float64 reference's, and the error below `gain` times plain rounding's. */
export async function checkAgainstReference(
  values: Float32Array,
  shape: MatrixShape,
  given: Given,
  inputs: SyntheticInputs,
  gain: number,
): Promise<void> {
  const options = optionsOf(given);
  const parts = await encode(values, shape, options, inputs);
  const expected = reference.encode(values, shape, options, inputs.host);
  const different = differentCodes(parts, expected, shape, options.bits);
  expect(different / values.length).toBeLessThanOrEqual(CODE_BUDGET);
  const error = await outputErrorOf(values, shape, options, parts, inputs);
  const exact = await outputErrorOf(values, shape, options, expected, inputs);
  expect(Math.abs(error / exact - 1)).toBeLessThanOrEqual(ERROR_BUDGET);
  const plain = rtn.reference.encode(values, shape, rtnOptions(options));
  expect(error).toBeLessThan(gain * (await outputErrorOf(values, shape, options, plain, inputs)));
}
