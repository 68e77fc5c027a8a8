import { describe, expect, test } from 'vitest';
import type { ImageData } from './datasets';
import { imagesInBoth, passagesInBoth } from './overlap';

const images = (size: number, ...pixels: number[][]): ImageData => ({
  ...{ id: 'set', count: pixels.length, size, channels: 1, classes: 10, sha256: '' },
  pixels: Uint8Array.from(pixels.flat()),
  labels: new Uint8Array(pixels.length),
});

describe('images in both sets', () => {
  const others = images(2, [1, 2, 3, 4], [0, 0, 0, 0], [0, 0, 0, 0]);

  test('are given by index, each occurrence; one different pixel makes another image', () => {
    const mine = images(2, [1, 2, 3, 5], [0, 0, 0, 0], [4, 3, 2, 1], [1, 2, 3, 4], [0, 0, 0, 0]);
    expect(imagesInBoth(mine, others)).toEqual([1, 3, 4]);
    expect(imagesInBoth(images(2, [2, 1, 3, 4]), others)).toEqual([]);
  });

  test('sets of other shapes share nothing, whatever their bytes', () => {
    expect(imagesInBoth(images(1, [1], [2], [3], [4]), others)).toEqual([]);
    expect(imagesInBoth({ ...others, channels: 4, size: 1 }, others)).toEqual([]);
  });
});

describe('passages in both texts', () => {
  /** Different words all the way. */
  const words = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `Word${from + i},`).join(' ');
  const held = words(10_000, 200);
  const letters = held.replace(/\W/g, '');

  test('counts passages of the other text at any position', () => {
    // 200 words of 9 letters: 12 passages of 150.
    expect(passagesInBoth(`${words(50_000, 99)} ${held} ${words(60_000, 9)}`, held)).toEqual({
      ...{ found: 12, of: 12 },
      first: 'Word10000, Word10001, Word10002, Word10003, Word10004, Word1',
    });
    expect(passagesInBoth(words(50_000, 999), held)).toEqual({ found: 0, of: 12 });
  });

  test('299 letters in a row contain a whole passage, wherever they begin; 149 contain none', () => {
    for (const start of [0, 1, 149, 150, 777]) {
      expect(passagesInBoth(letters.slice(start, start + 299), held).found).toBe(1);
      expect(passagesInBoth(letters.slice(start, start + 149), held).found).toBe(0);
    }
    expect(passagesInBoth(letters.slice(1, 299), held).found).toBe(0);
    expect(passagesInBoth(letters.slice(0, 150), held).found).toBe(1);
  });

  test('case, line breaks and punctuation make no difference; the excerpt is from the other text', () => {
    const changed = held.slice(1_500).toUpperCase().replaceAll(', ', ' ;\r\n\r\n');
    const { found, first } = passagesInBoth(changed, held);
    // From letter 1,228 of 1,800 on: the passages from 1,350 on.
    expect(found).toBe(3);
    expect(first).toBe('Word10150, Word10151, Word10152, Word10153, Word10154, Word1');
  });

  test('a text that repeats itself is counted once for each passage', () => {
    const same = 'a'.repeat(300_000);
    expect(passagesInBoth(same, same)).toMatchObject({ found: 2000, of: 2000 });
  });

  test('a text shorter than a passage has none', () => {
    expect(passagesInBoth(held, 'Once upon a time')).toEqual({ found: 0, of: 0 });
    expect(passagesInBoth('', held).found).toBe(0);
  });
});
