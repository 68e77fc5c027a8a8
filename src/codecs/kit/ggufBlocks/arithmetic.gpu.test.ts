import { afterAll, expect, test } from 'vitest';
import { KeyedRandom } from '../../../base/random';
import { testGpu } from '../../../testing/gpu';
import { gpuJob } from '../gpuJob';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const COUNT = 20_000;
const random = new KeyedRandom(5, 0xd1f);
/** Numbers of many magnitudes; the first have all bits of their fractions set, or only the last. */
const numbers = () =>
  Float32Array.from({ length: COUNT }, (_, i) => {
    const fraction = i % 50 === 0 ? 2 - 2 ** -23 : i % 50 === 1 ? 1 + 2 ** -23 : 1 + random.nextUniform();
    const size = fraction * 2 ** Math.floor(40 * random.nextUniform() - 20);
    return random.nextUniform() < 0.5 ? -size : size;
  });
const a = numbers();
const b = numbers();

test.each([-3, -1, 0, 1, 3])(
  'quotients and roots are those of IEEE 754 from guesses off by %i',
  async (off) => {
    const out = await gpuJob({ gpu }, async ({ scope, dispatch, run, readFloats }) => {
      const results = scope.allocate(8 * COUNT, 'results');
      await dispatch('codecs/kit/ggufBlocks/arithmetic', {
        params: { count: COUNT, off, unchanged: 0 },
        bindings: { a: scope.upload(a, 'a'), b: scope.upload(b, 'b'), out: results },
        threads: COUNT,
        cost: 200 * COUNT,
      });
      await run();
      return readFloats(results);
    });
    const wrong = [...a.keys()].filter(
      (i) =>
        out[2 * i] !== Math.fround(a[i] / b[i]) || out[2 * i + 1] !== Math.fround(Math.sqrt(Math.abs(a[i]))),
    );
    expect(wrong.slice(0, 3).map((i) => [a[i], b[i], out[2 * i], out[2 * i + 1]])).toEqual([]);
  },
);
