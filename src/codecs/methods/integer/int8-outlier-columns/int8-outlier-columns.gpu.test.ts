import { afterAll, expect, test } from 'vitest';
import { KeyedRandom } from '../../../../base/random';
import { testGpu } from '../../../../testing/gpu';
import { encodeTensor } from '../../../contract/coding';
import { completeOptions } from '../../../contract/spec';
import { expectSameParts } from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';
import meta from './meta';

describeCodec(codec, [{ columns: 3 }, {}, { columns: 0 }, { columns: 1024 }], {
  groups: (_, [, columns]) => ({ size: columns, flat: false }),
});

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Makes random numbers over the range of float16, from below its smallest subnormal, with random fraction bits. */
function anyHalfMagnitudes(count: number): Float32Array {
  const random = new KeyedRandom(12, 3);
  return Float32Array.from(
    { length: count },
    () =>
      (random.nextUniform() < 0.5 ? -1 : 1) *
      (1 + random.nextUniform()) *
      2 ** (41 * random.nextUniform() - 26),
  ).map((w) => Math.max(-65504, Math.min(65504, w)));
}

/** Makes odd multiples of 2⁻²⁵ (halfway between subnormal halves) and of 127 · 2⁻²⁵ (halfway between scales). */
function ties(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (i % 2 ? 1 : 127) * (2 * i + 1) * 2 ** -25);
}

test.each([
  ['random magnitudes', anyHalfMagnitudes(40_000)],
  ['ties', ties(4096)],
])('float16 outliers and row scales are rounded like the reference: %s', async (_, values) => {
  for (const columns of [0, 1]) {
    const options = completeOptions(meta, { columns });
    const shape = [values.length, 1] as const;
    const parts = await encodeTensor(codec, { name: 'w', shape, values }, options, { gpu, seed: 1 });
    expectSameParts(parts, codec.reference.encode(values, shape, options));
  }
});
