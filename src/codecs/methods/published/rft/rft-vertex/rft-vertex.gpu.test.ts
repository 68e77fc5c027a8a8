import { expect, test } from 'vitest';
import { testGpu } from '../../../../../testing/gpu';
import type { OptionValue } from '../../../../contract/meta';
import { completeOptions } from '../../../../contract/spec';
import { gaussianWithOutliers } from '../../../../conformance/cases';
import { decodeOnGpu, expectNearValues } from '../../../../conformance/checks';
import { describeCodec } from '../../../../conformance/conformance';
import { encodeTensor } from '../../../../contract/coding';
import codec from './codec';

/** Float32 coefficients near a rounding boundary may get other codes, which hardly changes the error. */
const ERROR_BUDGET = 0.05;

describeCodec(
  codec,
  [
    { chunk: 1024 },
    { amplitude: 8, phase: 8, entropy: 'rans', prune: 0.001 },
    { amplitude: 10, phase: 9, chunk: 256 },
    { transform: 'canonical', chunk: 64 },
  ],
  { search: { errorBudget: ERROR_BUDGET } },
);

const gpu = await testGpu();
const shape = [5, 130] as const;
const values = gaussianWithOutliers(shape, 4);

async function roundTrip(given: Record<string, OptionValue>) {
  const options = completeOptions(codec.meta, given);
  const parts = await encodeTensor(codec, { name: 'w', shape, values }, options, { gpu, seed: 1 });
  const decoded = await decodeOnGpu(gpu, codec, { name: 'w', shape, options, parts });
  return { parts, decoded, expected: codec.reference.decode(parts, shape, options) };
}

test('golden-QR and the decoder that reads bytes as words decode like the reference', async () => {
  const sets: Record<string, OptionValue>[] = [
    { transform: 'golden-qr', chunk: 64 },
    { entropy: 'rans', ans: 'bytes', chunk: 128 },
  ];
  for (const given of sets) {
    const { decoded, expected } = await roundTrip(given);
    expectNearValues(decoded, expected, codec.decodeTolerance!);
  }
});

test('the lossless mode restores the weights exactly', async () => {
  const { decoded } = await roundTrip({ mode: 'lossless', chunk: 256 });
  expect(decoded).toEqual(values);
});
