import { afterAll, describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { formatCodec } from '../../codecs/contract/spec';
import { decodeOnGpu, TENSOR } from '../../codecs/conformance/checks';
import { testGpu } from '../gpu';
import { brokenPart, validParts, storedCodecs } from './storedCodecs';

/** Number of cases per codec. A decode takes milliseconds, and compiling its kernels a second. */
const CASES = 20;

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describe('broken parts are refused or decoded to finite weights', async () => {
  test.each((await storedCodecs()).map((stored) => [formatCodec(stored.spec), stored] as const))(
    '%s',
    async (_, stored) => {
      const { codec, spec, shape } = stored;
      const valid = validParts(stored);
      for (let index = 0; index < CASES; index++) {
        const random = new KeyedRandom(index, 0x70617274);
        const below = (n: number) => Math.floor(random.nextUniform() * n);
        const suffix = [...valid.keys()][below(valid.size)];
        const parts = new Map(valid).set(suffix, brokenPart(stored, suffix, valid.get(suffix)!, below));
        const decoding = decodeOnGpu(gpu, codec, { name: TENSOR, shape, options: spec.options, parts });
        const outcome: unknown = await decoding.catch((error: unknown) => error);
        if (outcome instanceof Float32Array)
          expect(outcome.every(Number.isFinite), `${suffix}, case ${index}`).toBe(true);
        else
          expect(outcome, `${suffix}, case ${index}`).toMatchObject({
            code: 'bad-file',
            message: expect.stringContaining(TENSOR),
          });
      }
    },
  );
});
