import { expect, test } from 'vitest';
import { testGpu } from '../../../../../testing/gpu';
import type { OptionValue } from '../../../../contract/meta';
import { encodeTensor } from '../../../../contract/coding';
import { completeOptions } from '../../../../contract/spec';
import { gaussianWithOutliers } from '../../../../conformance/cases';
import { decodeOnGpu, expectNearValues } from '../../../../conformance/checks';
import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';

/** Float32 coefficients near a rounding boundary may get other codes, which hardly changes the error. */
const ERROR_BUDGET = 0.05;
/** A constant happens to be exact in float64, but not in float32. */
const ERROR_FLOOR = 1e-12;

describeCodec(
  codec,
  [
    { chunk: '4096', residual: 'none' },
    { chunk: '256', residual: 'predicted', storage: 'packed' },
    { chunk: '512', residual: 'true', storage: 'packed', prune: 0.01 },
    { chunk: '64', transform: 'random', residual: 'none', storage: 'packed', amplitude: 8, phase: 8 },
  ],
  { search: { errorBudget: ERROR_BUDGET, errorFloor: ERROR_FLOOR } },
);

const gpu = await testGpu();

test.each<Record<string, OptionValue>>([
  {},
  { residual: 'none' },
  { quantisation: false },
  { quantisation: false, storage: 'packed', chunk: '128', transform: 'hadamard' },
  { transform: 'golden-qr', chunk: '64' },
  { transform: 'dft' },
  { transform: 'dct', chunk: '64', storage: 'packed' },
])('decodes like the reference, and as close to the weights: %j', async (given) => {
  const options = completeOptions(codec.meta, given);
  const shape = [33, 70] as const;
  const values = gaussianWithOutliers(shape, 9);
  const parts = await encodeTensor(codec, { name: 'w', shape, values }, options, { gpu, seed: 1 });
  const decoded = await decodeOnGpu(gpu, codec, { name: 'w', shape, options, parts });
  expectNearValues(decoded, codec.reference.decode(parts, shape, options), codec.decodeTolerance!);
  const expected = codec.reference.decode(codec.reference.encode(values, shape, options), shape, options);
  const error = (x: Float32Array) =>
    Math.sqrt(x.reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0));
  expect(error(decoded)).toBeLessThan(1.01 * error(expected) + 1e-5);
});

test('a whole tensor that exceeds a binding is refused', async () => {
  const small = await testGpu({ bindingCap: 2 ** 20 });
  const shape = [300, 300] as const;
  const values = gaussianWithOutliers(shape, 9);
  const options = completeOptions(codec.meta, { residual: 'none' });
  const encoding = encodeTensor(codec, { name: 'w', shape, values }, options, { gpu: small, seed: 1 });
  await expect(encoding).rejects.toMatchObject({ code: 'limit' });
});
