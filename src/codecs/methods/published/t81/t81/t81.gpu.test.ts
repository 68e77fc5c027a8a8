import { expect, test } from 'vitest';
import { testGpu } from '../../../../../testing/gpu';
import { encodeTensor } from '../../../../contract/coding';
import { completeOptions } from '../../../../contract/spec';
import { gaussianWithOutliers } from '../../../../conformance/cases';
import { decodeOnGpu, expectSameParts, expectSameValues, TENSOR } from '../../../../conformance/checks';
import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';
import meta from './meta';

const groups = () => ({ size: 1, flat: true });
describeCodec(codec, [{}, { threshold: 0.05 }], { groups });

test('rows whose codes take more bytes than their weights are split by the size of the codes', async () => {
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
