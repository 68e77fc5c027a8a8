import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shuffledImages, tokenWindows } from './sampler';

const origin = { name: 'text', sha256: '00', seed: 3 };
const tokens = Uint32Array.from({ length: 1000 }, (_, i) => i);

test('the target of a token is the next one; equal seed and index give equal batches in any order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(1e6),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 99 }),
      async (index, n, length) => {
        const one = await tokenWindows({ ...origin, tokens }).batch(index, n, length);
        const source = tokenWindows({ ...origin, tokens });
        await source.batch(index + 7, n, length);
        expect(await source.batch(index, n, length)).toEqual(one);
        expect(one.input.length).toBe(n * length);
        one.input.forEach((id, i) => {
          expect(one.targets[i]).toBe(id + 1);
          if (i % length > 0) expect(id).toBe(one.input[i - 1] + 1);
        });
      },
    ),
    { numRuns: 30 },
  );
});

test('windows start at every position with equal probability', async () => {
  const { input } = await tokenWindows({ ...origin, tokens: tokens.subarray(0, 11) }).batch(0, 5000, 1);
  const counts = new Array<number>(10).fill(0);
  for (const id of input) counts[id]++;
  // The expected count is 500, its standard deviation 21.
  for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(100);
});

test('another seed draws other windows; a text shorter than a window is an error', async () => {
  const draw = async (seed: number) =>
    (await tokenWindows({ ...origin, seed, tokens }).batch(0, 4, 5)).input.join();
  expect(await draw(1)).not.toBe(await draw(2));
  await expect(tokenWindows({ ...origin, tokens }).batch(0, 1, 1000)).rejects.toMatchObject({
    code: 'bad-input',
    message: 'The training text text has 1000 tokens; one window of 1000 needs 1001.',
  });
});

test('every epoch has each image once, in another order', async () => {
  const set = {
    count: 10,
    pixels: (i: number) => Float32Array.of(i, i + 0.5),
    label: (i: number) => i + 100,
  };
  const source = shuffledImages({ ...origin, ...set });
  const seen: number[] = [];
  for (let index = 0; index < 10; index++) {
    const { input, targets } = await source.batch(index, 3, 99);
    expect(input.length).toBe(6);
    targets.forEach((label, i) => {
      expect([...input.subarray(2 * i, 2 * i + 2)]).toEqual([label - 100, label - 99.5]);
      seen.push(label - 100);
    });
  }
  const epochs = [0, 10, 20].map((first) => seen.slice(first, first + 10));
  for (const epoch of epochs)
    expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i));
  expect(new Set(epochs.map(String)).size).toBe(3);
  // Batch 3 spans two epochs, and a new source draws the same one.
  expect(await shuffledImages({ ...origin, ...set }).batch(3, 3, 99)).toEqual(await source.batch(3, 3, 99));
  expect(() => shuffledImages({ ...origin, ...set, count: 0 })).toThrow('has no images');
});
