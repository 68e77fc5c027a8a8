import { afterAll, expect, test } from 'vitest';
import { testGpu } from '../../../../testing/gpu';
import { completeOptions } from '../../../contract/spec';
import { describeCodec } from '../../../conformance/conformance';
import { checkPackedLinear } from '../../../conformance/linear';
import codec from './codec';
import meta from './meta';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describeCodec(codec, [{}, { threshold: 0.45 }], { groups: () => ({ size: 256, flat: false }) });

test('the packed product uses the blocks', () =>
  checkPackedLinear(gpu, codec, completeOptions(meta, {}), [33, 512], 5));
