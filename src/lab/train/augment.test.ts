import { describe, expect, test } from 'vitest';
import type { BatchSource } from '../../train/sampler';
import { augmented, move } from './augment';

const FORMAT = { size: 3, channels: 2 };
const IMAGE = Float32Array.from({ length: 18 }, (_, i) => i + 1);
const moved = (right: number, down: number, flip: boolean) => {
  const to = new Float32Array(18);
  move(IMAGE, to, FORMAT, { right, down, flip });
  return [...to];
};

describe('moving an image', () => {
  test('right and down, with zeros from outside, each channel alike', () => {
    expect(moved(0, 0, false)).toEqual([...IMAGE]);
    expect(moved(1, 0, false)).toEqual([0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14, 0, 16, 17]);
    expect(moved(0, -2, false)).toEqual([7, 8, 9, 0, 0, 0, 0, 0, 0, 16, 17, 18, 0, 0, 0, 0, 0, 0]);
    expect(moved(3, 3, false)).toEqual(new Array(18).fill(0));
  });

  test('flips before it moves', () => {
    expect(moved(0, 0, true).slice(0, 9)).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7]);
    expect(moved(-1, 0, true).slice(0, 9)).toEqual([2, 1, 0, 5, 4, 0, 8, 7, 0]);
  });
});

describe('augmented batches', () => {
  const size = 16;
  const source: BatchSource = {
    name: 'set',
    sha256: 'abc',
    batch: (index, sequences) =>
      Promise.resolve({
        input: Float32Array.from({ length: sequences * size * size }, (_, i) => 1 + index + i),
        targets: Uint32Array.from({ length: sequences }, (_, i) => i),
      }),
  };
  const batches = augmented(source, { size }, { size, channels: 1 }, 7);

  test('equal places in a run give equal images, other places others', async () => {
    const [a, again, b] = await Promise.all([2, 2, 3].map((index) => batches.batch(index, 4, 1)));
    expect(a).toEqual(again);
    expect(a.targets).toEqual(Uint32Array.from([0, 1, 2, 3]));
    expect(a.input).not.toEqual(b.input);
    expect(batches).toMatchObject({
      name: 'set, flipped and moved',
      sha256: 'abc',
      augmentation: 'flipped and moved',
    });
  });

  test('images that were resized are moved by whole pixels of the data set', async () => {
    const resized = augmented(source, { size: size / 2 }, { size, channels: 1 }, 7);
    const { input } = await resized.batch(0, 500, 1);
    const [rows, columns] = [new Set<number>(), new Set<number>()];
    for (let i = 0; i < 500; i++) {
      const [here, next] = (input as Float32Array).subarray(i * size * size + 136, i * size * size + 138);
      // Each row begins with a multiple of 16, plus 1. Only images that were not flipped, and of which the pixel is still inside, tell.
      if (!(here > 0 && next > here)) continue;
      columns.add((here - 1) % size);
      rows.add(Math.floor((here - 1) / size) % size);
    }
    for (const places of [rows, columns])
      expect([...places].sort((a, b) => a - b)).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  });

  test('images differ in how they are moved, half of them flipped', async () => {
    const count = 2000;
    const { input } = await batches.batch(0, count, 1);
    let flipped = 0;
    const places = new Set<number>();
    for (let i = 0; i < count; i++) {
      const image = (input as Float32Array).subarray(i * size * size, (i + 1) * size * size);
      // The pixel in the middle never leaves the image; along a row the values rise by 1, flipped they fall.
      const middle = (size / 2) * size + size / 2;
      if (image[middle + 1] < image[middle]) flipped++;
      places.add(image[middle] - 1 - i * size * size);
    }
    // Binomial(2000, ½): 1000 ± 4.5 standard deviations of 22.
    expect(Math.abs(flipped - count / 2)).toBeLessThan(100);
    // Nine rows, and nine columns either way round: ten that differ.
    expect(places.size).toBe(90);
  });
});
