import { expect, test } from 'vitest';
import { IGNORE } from './gradientPass';
import { microBatches } from './microBatches';

test('sequences are not split; shares are proportional to targets; passes without targets are left out', () => {
  const input = Uint32Array.from({ length: 12 }, (_, i) => i);
  const targets = Uint32Array.of(1, 2, 3, IGNORE, IGNORE, IGNORE, 7, IGNORE, IGNORE, 1, 1, 1);
  const passes = microBatches({ input, targets }, { batch: 4, microBatch: 1 });
  expect(passes.map(({ batch, share }) => [[...batch.input], [...batch.targets], share])).toEqual([
    [[0, 1, 2], [1, 2, 3], 3 / 7],
    [[6, 7, 8], [7, IGNORE, IGNORE], 1 / 7],
    [[9, 10, 11], [1, 1, 1], 3 / 7],
  ]);
});

test('images have several numbers per target', () => {
  const passes = microBatches(
    { input: Float32Array.from({ length: 8 }, (_, i) => i / 2), targets: Uint32Array.of(1, 0, 2, 5) },
    { batch: 4, microBatch: 2 },
  );
  expect(passes.map(({ batch }) => [[...batch.input], [...batch.targets]])).toEqual([
    [
      [0, 0.5, 1, 1.5],
      [1, 0],
    ],
    [
      [2, 2.5, 3, 3.5],
      [2, 5],
    ],
  ]);
});

test.each([
  ['a number of sequences that does not match', new Uint32Array(7), new Uint32Array(7)],
  ['a number of targets that does not match', new Uint32Array(8), new Uint32Array(7)],
  ['an empty batch', new Uint32Array(0), new Uint32Array(0)],
  ['no targets', new Uint32Array(8), new Uint32Array(8).fill(IGNORE)],
])('%s is an error', (_name, input, targets) => {
  expect(() => microBatches({ input, targets }, { batch: 4, microBatch: 2 })).toThrow(/batch/);
});
