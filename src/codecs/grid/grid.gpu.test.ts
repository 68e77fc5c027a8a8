import { afterAll, expect, test } from 'vitest';
import { weightedSquares } from '../../calibrate/outputError';
import { syntheticInputs } from '../../calibrate/testing/inputs';
import { releaseMatrix, uploadMatrix } from '../../runtime/matrix';
import { testGpu } from '../../testing/gpu';
import type { MatrixShape, OptionValue } from '../codec';
import { completeOptions } from '../spec';
import { gaussianWithOutliers } from '../testing/cases';
import { decodeOnGpu } from '../testing/checks';
import { describeCodec } from '../testing/conformance';
import codec from './codec';
import meta from './meta';

/** float32 costs of the trellis may prefer a path whose squared error is larger by this share. */
const SEARCH_ERROR_BUDGET = 1e-4;

describeCodec(
  codec,
  [
    { rounding: 'nearest' },
    { rounding: 'nearest', step: 0.05 },
    { rounding: 'waterfilled', step: 1 },
    { rounding: 'nearest', trellis: true },
  ],
  { search: { applies: ({ trellis }) => trellis === true, errorBudget: SEARCH_ERROR_BUDGET } },
);

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const SHAPE: MatrixShape = [150, 96];
const GPTQ = { rounding: 'gptq' };
const values = gaussianWithOutliers(SHAPE, 21);

async function outputError(given: Record<string, OptionValue>, on: 'gpu' | 'reference') {
  const inputs = syntheticInputs(gpu, SHAPE[1]);
  const options = completeOptions(meta, { step: 0.7, ...given });
  const tensor = { name: 'w', shape: SHAPE, values };
  const parts =
    on === 'gpu'
      ? await codec.encode(tensor, options, { gpu, seed: 1, inputs: inputs.gpu })
      : codec.reference.encode(values, SHAPE, options, inputs.host);
  const decoded = await decodeOnGpu(gpu, codec, { name: 'w', shape: SHAPE, options, parts });
  const error = decoded.map((value, i) => value - values[i]);
  const e = uploadMatrix(gpu.buffers, gpu.maxBindingBytes, error, SHAPE[0], SHAPE[1], 'error');
  const squares = await weightedSquares(gpu, e, inputs.gpu.gram);
  releaseMatrix(gpu.buffers, e);
  inputs.dispose();
  return { squares, parts };
}

test.each<Record<string, OptionValue>>([
  { rounding: 'gptq' },
  { rounding: 'waterfilled' },
  { rounding: 'gptq', trellis: true },
  { rounding: 'waterfilled', trellis: true },
])('with inputs %j agrees with the float64 reference', async (given) => {
  const actual = await outputError(given, 'gpu');
  const expected = await outputError(given, 'reference');
  expect(actual.parts.get('step')).toEqual(expected.parts.get('step'));
  expect(actual.parts.get('steps')).toEqual(expected.parts.get('steps'));
  expect(Math.abs(actual.squares / expected.squares - 1)).toBeLessThan(given.trellis ? 0.02 : 1e-3);
  if (given.trellis) return;
  const codes = expected.parts.get('codes')!;
  const equal = codes.filter((code, i) => code === actual.parts.get('codes')![i]).length;
  expect(equal / codes.length).toBeGreaterThan(0.999);
});

test('each refinement lowers the output error', async () => {
  const errors = [];
  for (const given of [{}, GPTQ, { ...GPTQ, trellis: true }])
    errors.push((await outputError({ rounding: 'nearest', ...given }, 'gpu')).squares);
  expect(errors[1]).toBeLessThan(0.7 * errors[0]);
  expect(errors[2]).toBeLessThan(0.9 * errors[1]);
});
