import { afterAll, describe, expect, test } from 'vitest';
import { Cancelled } from '../../../../base/errors';
import { KeyedRandom } from '../../../../base/random';
import { statistics, syntheticInputs, type SyntheticInputs } from '../../../../calibrate/testing/inputs';
import type { Gpu } from '../../../../gpu/gpu';
import { releaseMatrix, uploadMatrix } from '../../../../runtime/linear/matrix';
import { testGpu } from '../../../../testing/gpu';
import type { MatrixShape } from '../../../contract/codec';
import { encodeGroup, encodeTensor } from '../../../contract/coding';
import rtn from '../../integer/rtn/codec';
import { groupColumns } from '../../../contract/options';
import { edgeCases, gaussianWithOutliers } from '../../../conformance/cases';
import { expectLayout, expectSameParts, TENSOR } from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import { checkPackedLinear } from '../../../conformance/linear';
import codec from './codec';
import {
  checkAgainstReference,
  encode,
  optionsOf,
  outputErrorOf,
  rtnOptions,
  type Given,
} from './testing/againstReference';

describeCodec(
  codec,
  [
    {},
    { bits: 3, group: '16', scheme: 'symmetric', 'act-order': false },
    { bits: 5, group: '64' },
    { bits: 8, group: 'row', scheme: 'symmetric' },
    { bits: 2, group: '32', clip: true, 'act-order': false },
  ],
  {
    groups: (options, shape) => ({ size: groupColumns(String(options.group), shape[1]), flat: false }),
    search: { errorBudget: 1e-4 },
  },
);

const gpu = await testGpu();
const { reference } = codec;
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describe('calibrated', () => {
  test.each<[MatrixShape, Given]>([
    [[64, 64], { 'act-order': false }],
    [[96, 160], { bits: 3, group: '16', scheme: 'symmetric', 'act-order': false }],
    [[128, 300], { bits: 4, group: '32', 'act-order': true }],
    [[130, 300], { bits: 2, group: 'row', clip: true }],
    [[256, 513], { bits: 3, group: '64', scheme: 'symmetric', clip: true, 'act-order': true }],
  ])(
    '%j: codes and error of the float64 reference, error far below plain rounding: %j',
    async (shape, given) => {
      const inputs = syntheticInputs(gpu, shape[1], 2 * shape[1]);
      await checkAgainstReference(gaussianWithOutliers(shape, 21), shape, given, inputs, 0.6).finally(
        inputs.dispose,
      );
    },
  );

  test.each<Given>([
    { bits: 4, group: '32' },
    { bits: 3, group: '16', scheme: 'symmetric', clip: true },
    { bits: 8, group: '128', 'act-order': true },
  ])('uncorrelated inputs give the bytes of plain rounding: %j', async (given) => {
    const shape: MatrixShape = [70, 170];
    const values = gaussianWithOutliers(shape, 22);
    const options = optionsOf(given);
    const plain = await encodeTensor(rtn, { name: TENSOR, shape, values }, rtnOptions(options), {
      gpu,
      seed: 1,
    });
    const inputs = inputsFrom(170, (i, j) => Number(i === j));
    expectSameParts(await encode(values, shape, options, inputs).finally(inputs.dispose), plain);
    expectSameParts(await encode(values, shape, options), plain);
  });

  test('edge cases: finite, no worse than the reference', async () => {
    const options = optionsOf({ bits: 4, group: '16' });
    for (const { name, shape, values } of edgeCases()) {
      const inputs = syntheticInputs(gpu, shape[1], 2 * shape[1] + 8);
      try {
        const parts = await encode(values, shape, options, inputs);
        expectLayout(codec, options, shape, parts);
        expect(reference.decode(parts, shape, options).every(Number.isFinite), name).toBe(true);
        const error = await outputErrorOf(values, shape, options, parts, inputs);
        const expected = reference.encode(values, shape, options, inputs.host);
        const exact = await outputErrorOf(values, shape, options, expected, inputs);
        expect(error, name).toBeLessThanOrEqual(exact * (1 + 1e-2) + 1e-30);
      } finally {
        inputs.dispose();
      }
    }
  });

  test('columns without activations are rounded too', async () => {
    const shape: MatrixShape = [40, 100];
    const inputs = deadInputs(100, (column) => column % 7 === 2);
    const values = gaussianWithOutliers(shape, 23);
    await checkAgainstReference(values, shape, { group: '32' }, inputs, 0.7);
    await checkAgainstReference(values, shape, { group: '32', 'act-order': true }, inputs, 0.7).finally(
      inputs.dispose,
    );
  });

  test('tensors that read one activation share its factor', async () => {
    const inputs = syntheticInputs(gpu, 96, 200);
    const tensors = [31, 32].map((seed) => {
      const shape: MatrixShape = [seed, 96];
      return { name: `w${seed}`, shape, values: gaussianWithOutliers(shape, seed) };
    });
    const options = optionsOf({});
    const context = { gpu, seed: 1, inputs: inputs.gpu };
    const { parts } = await encodeGroup(codec, { tensors }, options, context);
    for (const tensor of tensors)
      expectSameParts(parts.get(tensor.name)!, await encodeTensor(codec, tensor, options, context));
    inputs.dispose();
  });
});

describe('statistics that cannot be used', () => {
  test.each([
    ['zeros', () => 0, { code: 'bad-input', message: `All calibration inputs of ${TENSOR} are zero.` }],
    ['NaN', (i: number, j: number) => (i === 3 && j === 4 ? NaN : Number(i === j)), { code: 'not-finite' }],
    ['infinity', (i: number) => (i === 3 ? Infinity : 1), { code: 'not-finite' }],
    ['singular without damping', () => 1, { code: 'bad-input' }],
  ])('%s: an error that names the tensor', async (_, gram, expected) => {
    const inputs = inputsFrom(40, gram);
    const values = gaussianWithOutliers([3, 40], 1);
    const failure = encode(values, [3, 40], optionsOf({ damping: 0 }), inputs).finally(inputs.dispose);
    await expect(failure).rejects.toMatchObject(expected);
    await expect(failure).rejects.toThrow(TENSOR);
    expect(gpu.buffers.liveCount).toBe(0);
  });

  test('damping makes a singular Hessian usable', async () => {
    const inputs = inputsFrom(40, () => 1);
    const options = optionsOf({ damping: 0.01 });
    const parts = await encode(gaussianWithOutliers([3, 40], 1), [3, 40], options, inputs).finally(
      inputs.dispose,
    );
    expectLayout(codec, options, [3, 40], parts);
  });
});

test('Stop ends a calibrated encode anywhere and frees its buffers', async () => {
  const small = await testGpu({ bindingCap: 2 ** 20 });
  const shape: MatrixShape = [900, 320];
  const values = gaussianWithOutliers(shape, 24);
  const inputs = syntheticInputs(small, 320, 330);
  const held = small.buffers.liveCount;
  for (const looks of [1, 2, 10, 30, 45, 60]) {
    const tensor = { name: TENSOR, shape, values };
    const context = { gpu: small, seed: 1, inputs: inputs.gpu, signal: stopAfter(looks) };
    const outcome: unknown = await encodeTensor(codec, tensor, optionsOf({}), context).catch(
      (error: unknown) => error,
    );
    if (looks < 30 || outcome instanceof Error) expect(outcome).toBeInstanceOf(Cancelled);
    expect(small.buffers.liveCount).toBe(held);
  }
  inputs.dispose();
});

test.each<Given>([
  { bits: 3, group: '16' },
  { bits: 4, group: 'row', 'act-order': true },
])('a binding limit of 1 MiB changes no byte of a calibrated encode: %j', async (given) => {
  const small = await testGpu({ bindingCap: 2 ** 20 });
  const large = await testGpu({ bindingCap: 2 ** 27 });
  const shape: MatrixShape = [600, 515];
  const values = gaussianWithOutliers(shape, 25);
  const encodeOn = async (on: Gpu) => {
    const inputs = syntheticInputs(on, 515, 520);
    return encode(values, shape, optionsOf(given), inputs, on).finally(inputs.dispose);
  };
  expectSameParts(await encodeOn(small), await encodeOn(large));
  expect(small.buffers.liveCount + large.buffers.liveCount).toBe(0);
});

test('multiplies by packed codes', async () => {
  await checkPackedLinear(gpu, codec, optionsOf({ bits: 4, group: '64' }), [70, 260], 5);
});

/** Makes a signal that counts as aborted after `looks` reads of its state. */
function stopAfter(looks: number): AbortSignal {
  let seen = 0;
  return Object.defineProperty(new AbortController().signal, 'aborted', { get: () => seen++ >= looks });
}

/** Makes inputs with a given Gram matrix. */
function inputsFrom(columns: number, gram: (i: number, j: number) => number): SyntheticInputs {
  const values = Float32Array.from({ length: columns * columns }, (_, k) =>
    gram(Math.floor(k / columns), k % columns),
  );
  return upload({ samples: 1, gram: values, meanAbs: [], maxAbs: [] }, columns, new Float32Array(0));
}

/** Makes correlated inputs of which some columns are always 0. */
function deadInputs(columns: number, dead: (column: number) => boolean): SyntheticInputs {
  const random = new KeyedRandom(5, 0xdead);
  const x = new Float32Array(3 * columns * columns);
  let shared = 0;
  for (let i = 0; i < x.length; i++) {
    if (i % 4 === 0) shared = random.nextNormal();
    if (!dead(i % columns)) x[i] = shared + 0.5 * random.nextNormal();
  }
  return upload(statistics(x, columns, 3 * columns), columns, x);
}

function upload(host: SyntheticInputs['host'], columns: number, x: Float32Array): SyntheticInputs {
  const values = Float32Array.from(host.gram);
  const gram = uploadMatrix(gpu, values, columns, columns, 'test Gram matrix');
  const none = new Float32Array(columns);
  const { samples } = host;
  return {
    gpu: { columns, samples, gram, meanAbs: none, maxAbs: none },
    host,
    x,
    dispose: () => releaseMatrix(gpu.buffers, gram),
  };
}
