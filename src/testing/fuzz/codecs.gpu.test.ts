import { afterAll, describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { formatCodec } from '../../codecs/contract/spec';
import { decodeOnGpu, TENSOR } from '../../codecs/conformance/checks';
import { testGpu } from '../gpu';
import { brokenPart, soundParts, storedCodecs } from './storedCodecs';

/** Of each codec; a decode takes milliseconds, its kernels a second to compile. */
const CASES = 20;

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describe('broken parts are refused or decoded to finite weights', async () => {
  test.each((await storedCodecs()).map((stored) => [formatCodec(stored.spec), stored] as const))(
    '%s',
    async (_, stored) => {
      const { codec, spec, shape } = stored;
      const sound = soundParts(stored);
      for (let index = 0; index < CASES; index++) {
        const random = new KeyedRandom(index, 0x70617274);
        const below = (n: number) => Math.floor(random.nextUniform() * n);
        const suffix = [...sound.keys()][below(sound.size)];
        const parts = new Map(sound).set(suffix, brokenPart(stored, suffix, sound.get(suffix)!, below));
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
