import { afterAll, expect, test } from 'vitest';
import { weightedSquares } from '../../../../calibrate/outputError';
import { syntheticInputs } from '../../../../calibrate/testing/inputs';
import { readMatrix, releaseMatrix, uploadMatrix } from '../../../../runtime/linear/matrix';
import { testGpu } from '../../../../testing/gpu';
import type { MatrixShape } from '../../../contract/codec';
import gptq from '../../calibrated/gptq/codec';
import rtn from '../../integer/rtn/codec';
import { completeOptions } from '../../../contract/spec';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { decodeOnGpu } from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import wrapper from './codec';
import { rotatedInputs, rotatedReferenceInputs } from './inputs';
import meta from './meta';
import { rotationOf } from './rotation';

/** After a float32 rotation, a weight between two codes or a scale between two halves may round either way. */
const SEARCH_ERROR_BUDGET = 0.01;

const inner = completeOptions(rtn.meta, { bits: 4, group: '32' });

describeCodec(wrapper.wrap(rtn, inner), [{}, { block: '16', seed: 5 }], {
  search: { errorBudget: SEARCH_ERROR_BUDGET },
});

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

test('rotates the Gram matrix as the reference does', async () => {
  const inputs = syntheticInputs(gpu, 48);
  const rotation = rotationOf(48, completeOptions(meta, {}));
  const actual = await rotatedInputs(inputs.gpu, rotation, { gpu, seed: 1 });
  const expected = rotatedReferenceInputs(inputs.host, rotation);
  const gram = await readMatrix(gpu.stream, actual.gram);
  const largest = Math.max(...Array.from(expected.gram, Math.abs));
  gram.forEach((value, i) => expect(Math.abs(value - expected.gram[i])).toBeLessThan(1e-5 * largest));
  expect(actual.meanAbs[7]).toBeCloseTo(Math.sqrt(expected.gram[7 * 48 + 7]), 3);
  releaseMatrix(gpu.buffers, actual.gram);
  inputs.dispose();
});

test('an inner GPTQ uses the rotated inputs: its output error is below that of an inner rtn', async () => {
  const shape: MatrixShape = [40, 48];
  const values = gaussianWithOutliers(shape, 2);
  const options = completeOptions(wrapper.meta, {});
  const inputs = syntheticInputs(gpu, 48);
  const errors = [];
  for (const [codec, given] of [
    [rtn, { bits: 3 }],
    [gptq, { bits: 3, group: '32', scheme: 'symmetric' }],
  ] as const) {
    const wrapped = wrapper.wrap(codec, completeOptions(codec.meta, given));
    const context = { gpu, seed: 1, inputs: inputs.gpu };
    const parts = await wrapped.encode({ name: 'w', shape, values }, options, context);
    const decoded = await decodeOnGpu(gpu, wrapped, { name: 'w', shape, options, parts });
    const error = decoded.map((value, i) => value - values[i]);
    const e = uploadMatrix(gpu, error, 40, 48, 'error');
    errors.push(await weightedSquares(gpu, e, inputs.gpu.gram));
    releaseMatrix(gpu.buffers, e);
  }
  inputs.dispose();
  expect(errors[1]).toBeLessThan(0.7 * errors[0]);
});
