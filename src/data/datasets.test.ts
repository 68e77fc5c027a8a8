import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folderFiles } from '../platform/node/folder';
import { LabError } from '../base/errors';
import { datasets } from './catalogue';
import { idxImages, imagesFromFile, loadImages, loadText, textFromFile } from './datasets';
import { joinedRows } from './wikitext';

const files = folderFiles('public/data');

describe('data sets', () => {
  it.each(datasets.filter((set) => set.kind === 'text').map((set) => set.id))(
    '%s loads as text',
    async (id) => {
      const data = await loadText(id, files);
      expect(data.id).toBe(id);
      expect(data.text.length).toBeGreaterThan(80_000);
      expect(data.text).not.toContain('\uFFFD');
    },
  );

  it.each(datasets.filter((set) => set.kind === 'images'))(
    '$id loads as the images its description says',
    async ({ id, image }) => {
      const { size, channels } = await loadImages(id, files);
      expect({ size, channels }).toEqual(image);
    },
  );

  it('keeps files as they are: the checksum of the text is that of the file', async () => {
    const { text, sha256 } = await loadText('wikitext-2', files);
    expect(sha256).toBe('173c87a53759e0201f33e0ccf978e510c2042d7f2cb78229d9a50d79b9e7dd08');
    expect(text).toBe(readFileSync('public/data/wikitext-2/wiki.test.raw', 'utf8'));
  });

  it('joins the rows of WikiText-2 as the Hugging Face guide does', async () => {
    expect(joinedRows(' \n = A = \n \n b\n')).toBe('\n\n = A = \n\n\n\n\n b\n');
    const { text } = await loadText('wikitext-2-hf', files);
    // 4,358 rows (the data set's card), 2,891 of them with text.
    expect(text.split('\n\n = Robert Boulter = \n\n\n').length).toBe(2);
    expect(text.length).toBeGreaterThan((await loadText('wikitext-2', files)).text.length);
  });

  it('loads the CIFAR-10 images with their labels', async () => {
    const { pixels, labels, count, size, channels } = await loadImages('cifar-10', files);
    expect([count, size, channels, pixels.length]).toEqual([2000, 32, 3, 2000 * 3072]);
    // The first ten classes of the test batch: cat, ship, ship, airplane, frog, frog, automobile, frog, cat, automobile.
    expect(Array.from(labels.subarray(0, 10))).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    const file = readFileSync('public/data/cifar-10/test_2000.bin');
    expect(Array.from(pixels.subarray(3072 * 7, 3072 * 7 + 5))).toEqual([
      ...file.subarray(3073 * 7 + 1, 3073 * 7 + 6),
    ]);
  });

  it('loads Fashion-MNIST from gzip and IDX', async () => {
    const test = await loadImages('fashion-mnist', files);
    expect([test.count, test.size, test.channels, test.pixels.length]).toEqual([10_000, 28, 1, 7_840_000]);
    // The published test set begins: ankle boot, pullover, trouser, trouser, shirt.
    expect([...test.labels.subarray(0, 5)]).toEqual([9, 2, 1, 1, 6]);
    const training = await loadImages('fashion-mnist-training', files);
    // ... and the training set: ankle boot, T-shirt, T-shirt, dress, T-shirt.
    expect([...training.labels.subarray(0, 5)]).toEqual([9, 0, 0, 3, 0]);
    expect(training.count).toBe(18_000);
  });

  it('keeps a checksum for images and labels together', async () => {
    const [images, labels] = ['images-idx3', 'labels-idx1'].map((part) => {
      const name = `t10k-${part}-ubyte.gz`;
      return { name, bytes: new Uint8Array(readFileSync(`public/data/fashion-mnist/${name}`)) };
    });
    const whole = await idxImages('mine', images, labels);
    expect(whole.sha256).toBe((await loadImages('fashion-mnist', files)).sha256);
    await expect(idxImages('mine', labels, labels)).rejects.toThrow(
      /labels-idx1-ubyte.gz.*not \[images, side, side\]/,
    );
  });

  it('refuses unknown names, the wrong kind, and files that were changed', async () => {
    const code = (promise: Promise<unknown>) =>
      promise.then(
        () => 'none',
        (error: unknown) => (error as LabError).code,
      );
    expect(await code(loadText('wikitext', files))).toBe('bad-plan');
    expect(await code(loadText('cifar-10', files))).toBe('bad-plan');
    expect(await code(loadImages('tinystories', files))).toBe('bad-plan');
    const changed = { ...files, read: async () => Uint8Array.of(1) };
    expect(await code(loadText('tinystories', changed))).toBe('bad-file');
  });

  it('reads files of the user and computes their checksums', async () => {
    const data = await textFromFile('mine.txt', new TextEncoder().encode('abc'));
    // The example of FIPS 180-2.
    expect(data.sha256).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    await expect(textFromFile('x', Uint8Array.of(0xff, 0xfe))).rejects.toMatchObject({ code: 'bad-file' });
    await expect(textFromFile('x', new Uint8Array())).rejects.toMatchObject({ code: 'bad-file' });
    await expect(imagesFromFile('x', new Uint8Array(3072))).rejects.toMatchObject({ code: 'bad-file' });
    await expect(imagesFromFile('x', new Uint8Array(3073).fill(10))).rejects.toMatchObject({
      code: 'bad-file',
    });
  });
});
