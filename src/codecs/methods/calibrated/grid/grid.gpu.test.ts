import { afterAll, expect, test } from 'vitest';
import { KeyedRandom } from '../../../../base/random';
import { weightedSquares } from '../../../../calibrate/outputError';
import { syntheticInputs } from '../../../../calibrate/testing/inputs';
import { releaseMatrix, uploadMatrix } from '../../../../runtime/linear/matrix';
import { testGpu } from '../../../../testing/gpu';
import type { MatrixShape } from '../../../contract/codec';
import type { OptionValue } from '../../../contract/meta';
import { completeOptions } from '../../../contract/spec';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { decodeOnGpu, expectSameValues } from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import { partOf } from '../../../../testing/parts';
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
  { search: { errorBudget: SEARCH_ERROR_BUDGET } },
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
  const e = uploadMatrix(gpu, error, SHAPE[0], SHAPE[1], 'error');
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
  const codes = partOf(expected.parts, 'codes');
  const equal = codes.filter((code, i) => code === partOf(actual.parts, 'codes')[i]).length;
  expect(equal / codes.length).toBeGreaterThan(0.999);
});

/** Makes a table of tokens whose rows mostly share one vector, with counts that follow Zipf's law. */
function tokenTable([rows, columns]: MatrixShape) {
  const random = new KeyedRandom(9, 4);
  const shared = Float32Array.from({ length: columns }, () => random.nextNormal());
  const table = Float32Array.from({ length: rows * columns }, (_, i) =>
    Math.floor(i / columns) % 3 === 0 ? random.nextNormal() : shared[i % columns],
  );
  const counts = Float32Array.from({ length: rows }, (_, row) => Math.floor(1000 / (1 + row)));
  return { table, counts };
}

test.each<Record<string, OptionValue>>([{}, { trellis: true }])(
  'a table of tokens with a centre and counts, %j',
  async (given) => {
    const shape: MatrixShape = [2000, 12];
    const { table, counts } = tokenTable(shape);
    const options = completeOptions(meta, { rounding: 'nearest', rows: 'counts', ...given });
    const context = { gpu, seed: 1, rowCounts: counts };
    const parts = await codec.encode({ name: 'w', shape, values: table }, options, context);
    const expected = codec.reference.encode(table, shape, options, undefined, counts);
    expect([...parts.keys()].sort()).toEqual(['centre', 'codes', 'rows', 'step']);
    for (const suffix of given.trellis ? ['centre', 'rows', 'step'] : parts.keys())
      expect(parts.get(suffix)).toEqual(expected.get(suffix));
    const decoded = await decodeOnGpu(gpu, codec, { name: 'w', shape, options, parts });
    expectSameValues(decoded, codec.reference.decode(parts, shape, options), 0);
  },
);

test('a centre that is not a number is refused', async () => {
  const shape: MatrixShape = [2000, 12];
  const { table: values } = tokenTable(shape);
  const options = completeOptions(meta, { rounding: 'nearest' });
  const parts = new Map(await codec.encode({ name: 'w', shape, values }, options, { gpu, seed: 1 }));
  parts.set('centre', new Uint8Array(24).fill(0x7f));
  await expect(decodeOnGpu(gpu, codec, { name: 'w', shape, options, parts })).rejects.toMatchObject({
    code: 'bad-file',
  });
});

test('each refinement lowers the output error', async () => {
  const errors = [];
  for (const given of [{}, GPTQ, { ...GPTQ, trellis: true }])
    errors.push((await outputError({ rounding: 'nearest', ...given }, 'gpu')).squares);
  expect(errors[1]).toBeLessThan(0.7 * errors[0]);
  expect(errors[2]).toBeLessThan(0.9 * errors[1]);
});
