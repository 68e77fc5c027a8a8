import { afterAll, expect, test } from 'vitest';
import { testGpu } from '../../testing/gpu';
import { completeOptions } from '../spec';
import { describeCodec } from '../testing/conformance';
import { checkPackedLinear } from '../testing/linear';
import codec from './codec';
import meta from './meta';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describeCodec(codec, [{}, { threshold: 0.45 }], { groups: () => ({ size: 256, flat: false }) });

test('multiplies from its blocks', () =>
  checkPackedLinear(gpu, codec, completeOptions(meta, {}), [33, 512], 5));
