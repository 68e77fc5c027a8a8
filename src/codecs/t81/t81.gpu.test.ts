import { expect, test } from 'vitest';
import { testGpu } from '../../testing/gpu';
import { encodeTensor } from '../encode';
import { completeOptions } from '../spec';
import { gaussianWithOutliers } from '../testing/cases';
import { decodeOnGpu, expectSameParts, expectSameValues, TENSOR } from '../testing/checks';
import { describeCodec } from '../testing/conformance';
import codec from './codec';
import meta from './meta';

const groups = () => ({ size: 1, flat: true });
describeCodec(codec, [{}, { threshold: 0.05 }], { groups });

test('codes that take more bytes than the weights are split by their own size', async () => {
  const gpu = await testGpu({ bindingCap: 2 ** 20 });
  const shape = [70_000, 1] as const;
  const values = gaussianWithOutliers(shape, 5);
  const options = completeOptions(meta, {});
  const parts = await encodeTensor(codec, { name: TENSOR, shape, values }, options, { gpu, seed: 1 });
  expectSameParts(parts, codec.reference.encode(values, shape, options));
  const decoded = await decodeOnGpu(gpu, codec, { name: TENSOR, shape, options, parts });
  expectSameValues(decoded, codec.reference.decode(parts, shape, options), 0);
  expect(gpu.buffers.liveCount).toBe(0);
});
