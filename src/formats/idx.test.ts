import { describe, expect, test } from 'vitest';
import { labelledImages, parseIdx } from './idx';

const header = (type: number, ...shape: number[]) => [
  0,
  0,
  type,
  shape.length,
  ...shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]),
];
const idx = (shape: number[], values: number[]) => Uint8Array.from([...header(8, ...shape), ...values]);
const images = (file: Uint8Array) => ({ name: 'images', file });
const labels = (file: Uint8Array) => ({ name: 'labels', file });
const PIXELS = Array.from({ length: 18 }, (_, i) => i * 10);

describe('IDX', () => {
  test('reads shape and elements, even from the middle of a buffer', () => {
    const file = Uint8Array.from([9, 9, 9, ...idx([2, 3], [1, 2, 3, 4, 5, 6])]).subarray(3);
    const { shape, bytes } = parseIdx('x', file);
    expect(shape).toEqual([2, 3]);
    expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('pairs images with labels', () => {
    const read = labelledImages(images(idx([2, 3, 3], PIXELS)), labels(idx([2], [9, 0])), 10);
    expect(read).toMatchObject({ count: 2, size: 3, channels: 1 });
    expect([...read.pixels]).toEqual(PIXELS);
    expect([...read.labels]).toEqual([9, 0]);
  });

  test.each([
    ['too short', [0, 0], /2 bytes, but its magic number alone has 4/],
    ['another magic number', [1, 0, 8, 1, 0, 0, 0, 0], /two zero bytes/],
    ['no dimension', header(8), /0 dimensions/],
    ['five dimensions', header(8, 1, 1, 1, 1, 1), /5 dimensions/],
    ['a truncated header', [0, 0, 8, 3, 0, 0, 0, 1], /header needs 16 bytes/],
    ['too few elements', [...header(8, 4), 1, 2, 3], /needs 4 bytes, but 3 follow/],
    ['a shape that overflows', header(8, 0xffffffff, 0xffffffff, 0xffffffff), /but 0 follow/],
    ['trailing bytes', [...header(8, 1), 1, 2], /needs 1 bytes, but 2 follow/],
  ])('refuses: %s', (_, bytes, why) => {
    expect(() => parseIdx('x', Uint8Array.from(bytes))).toThrow(why);
  });

  test('refuses other element types and names them', () => {
    const floats = Uint8Array.from([...header(0x0d, 1), 0, 0, 0, 0]);
    expect(() => parseIdx('x', floats)).toThrow(/type 0x0d/);
  });

  test('refuses images and labels that do not match', () => {
    const good = idx([2, 3, 3], PIXELS);
    const read = (a: Uint8Array, b: Uint8Array) => () => labelledImages(images(a), labels(b), 10);
    expect(read(idx([2, 9], PIXELS), idx([2], [1, 2]))).toThrow(/images.*not \[images, side, side\]/);
    expect(read(idx([3, 2, 3], PIXELS), idx([3], [1, 2, 3]))).toThrow(/not \[images, side, side\]/);
    expect(read(good, idx([3], [1, 2, 3]))).toThrow(/labels.*one label for each of 2 images/);
    expect(read(good, idx([2], [1, 10]))).toThrow(/label 1 is 10; labels are 0 to 9/);
    expect(read(idx([0, 3, 3], []), idx([0], []))).toThrow(/no images/);
  });
});
