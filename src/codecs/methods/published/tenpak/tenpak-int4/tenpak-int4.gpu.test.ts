import { expect, test } from 'vitest';
import { testGpu } from '../../../../../testing/gpu';
import type { MatrixShape } from '../../../../contract/codec';
import { encodeTensor } from '../../../../contract/coding';
import type { OptionValue } from '../../../../contract/meta';
import { completeOptions } from '../../../../contract/spec';
import { gaussianWithOutliers } from '../../../../conformance/cases';
import { decodeOnGpu, expectSameParts, expectSameValues, TENSOR } from '../../../../conformance/checks';
import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';
import meta from './meta';
import { METHODS } from '../../../../kit/tenpak/int4/methods';
import { outlierIndices } from '../../../../kit/tenpak/int4/outliers';
import { largestOnGpu, uploadSpan } from '../../../../kit/tenpak/int4/selection';

/** One option set per branch of the kernels; the others differ in constants only and are compared below. */
describeCodec(codec, [
  { method: 'int4_opt_llama_v1' },
  { method: 'int4_calibrated_v1' },
  { method: 'int4_spin_v1' },
  { method: 'int4_awq_10x_v1' },
  { method: 'int4_gptq_lite_v1' },
  { method: 'int4_ultimate_v1', group: '32' },
  { method: 'int4_residual_v1', mode: 'corrected' },
  { method: 'tier', group: '32', residual: 'int4' },
]);

const gpu = await testGpu();
const SHAPE: MatrixShape = [11, 301];

const GIVEN: Record<string, OptionValue>[] = METHODS.flatMap((method) => [
  { method, mode: 'faithful' },
  { method, mode: 'corrected' },
]);

test.each([
  ...GIVEN,
  { method: 'int4_hybrid_v2', mode: 'corrected', group: '16' },
  { method: 'int4_mixed_v1', group: '256' },
])('equals the reference: %j', async (given) => {
  const values = gaussianWithOutliers(SHAPE, 21);
  const options = completeOptions(meta, given);
  const parts = await encodeTensor(codec, { name: TENSOR, shape: SHAPE, values }, options, { gpu, seed: 1 });
  expectSameParts(parts, codec.reference.encode(values, SHAPE, options));
  const decoded = await decodeOnGpu(gpu, codec, { name: TENSOR, shape: SHAPE, options, parts });
  expectSameValues(decoded, codec.reference.decode(parts, SHAPE, options), 0);
});

test('int4_hybrid_v2 as published restores wrong weights, or refuses where they would not be finite', async () => {
  const options = completeOptions(meta, { method: 'int4_hybrid_v2', group: '16' });
  const restore = async (shape: MatrixShape, values: Float32Array) => {
    const parts = await encodeTensor(codec, { name: TENSOR, shape, values }, options, { gpu, seed: 1 });
    return decodeOnGpu(gpu, codec, { name: TENSOR, shape, options, parts });
  };
  await expect(restore(SHAPE, gaussianWithOutliers(SHAPE, 4))).rejects.toThrow(
    `takes residual codes of ${TENSOR} for scales`,
  );
  const ramp = Float32Array.from({ length: 16 }, (_, i) => i / 15);
  const wrong = await restore([1, 16], ramp);
  expect(wrong.some((w, i) => Math.abs(w - ramp[i]) > 0.1)).toBe(true);
});

test.each([1, 7, 300])('finds the %i largest weights, of equal ones the first', async (wanted) => {
  const values = gaussianWithOutliers([100, 97], 8).map((w) => Math.round(w * 40) / 40);
  const found = await largestOnGpu({ gpu, seed: 1 }, values.length, wanted, uploadSpan(values));
  expect([...found]).toEqual([...outlierIndices(values, wanted)]);
});
