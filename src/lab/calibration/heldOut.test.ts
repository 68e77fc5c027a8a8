import { describe, expect, test } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { datasets, type Dataset } from '../../data/catalogue';
import { imagesFromFile, loadImages, loadText, textFromFile } from '../../data/datasets';
import { imagesInBoth, passagesInBoth } from '../../data/overlap';
import { refuseHeldOutImages, refuseHeldOutText, type HeldOutInput } from './heldOut';
import type { Lab } from '../lab';

const files = folderFiles('public/data');
const opened: string[] = [];
const lab = {
  openText: (id: string) => (opened.push(id), loadText(id, files)),
  openImages: (id: string) => (opened.push(id), loadImages(id, files)),
} as unknown as Lab;
const input = (data: string, measured: string, more: Partial<HeldOutInput> = {}): HeldOutInput => ({
  ...{ lab, data, use: 'training', measured: { id: measured, sha256: 'another' } },
  ...more,
});

const text = (content: string) => textFromFile('mine.txt', new TextEncoder().encode(content));
const checkText = async (content: string, measured = 'tinystories', more?: Partial<HeldOutInput>) =>
  refuseHeldOutText(await text(content), input('mine.txt', measured, more));
const checkImages = async (...parts: Uint8Array[]) =>
  refuseHeldOutImages(
    await imagesFromFile('mine.bin', new Uint8Array(Buffer.concat(parts))),
    input('mine.bin', 'cifar-10'),
  );

const RECORD = 3073;
const test2000 = await files.read('cifar-10/test_2000.bin');
const train3000 = await files.read('cifar-10/train_3000.bin');
const record = (file: Uint8Array, index: number) => file.slice(index * RECORD, (index + 1) * RECORD);

describe('images', () => {
  test('a file that contains an evaluation set and more is refused', async () => {
    await expect(checkImages(train3000.slice(0, 5 * RECORD), test2000)).rejects.toMatchObject({
      code: 'bad-plan',
      message:
        'mine.bin holds 2000 images of CIFAR-10, first 2,000 test images, the first as its number 5: ' +
        'a model trained on it would know the answers.',
      remedy: expect.stringMatching(/^Take them out, .*cifar-10-training/) as string,
    });
  });

  test('one image is enough, even with another label; training images pass', async () => {
    const relabelled = record(test2000, 77);
    relabelled[0] = (relabelled[0] + 1) % 10;
    const some = train3000.slice(0, 20 * RECORD);
    await expect(checkImages(some, relabelled)).rejects.toThrow(/holds an image of .* number 20/);
    await expect(checkImages(some)).resolves.toBeUndefined();
  });

  test('images that only this run measures on are refused', async () => {
    const training = await loadImages('cifar-10-training', files);
    const run = input('cifar-10-training', 'cifar-10-calibration');
    await expect(refuseHeldOutImages(training, run)).rejects.toThrow(/512 images of what this plan measures/);
  });
});

describe('text', () => {
  const own = 'An owl and a fox went out to sea. '.repeat(40);

  test('a text with a part of an evaluation set is refused, whatever its line breaks', async () => {
    const { text: valid } = await loadText('tinystories', files);
    const part = valid.slice(100_000, 102_000).replace(/\s+/g, '\n').toUpperCase();
    await expect(checkText(own + part + own)).rejects.toMatchObject({
      code: 'bad-plan',
      message: expect.stringMatching(
        /^mine\.txt holds (9|10) of \d+ passages of TinyStories, the first from “/,
      ),
      remedy: expect.stringContaining('tinystories-training') as string,
    });
    await expect(checkText(own)).resolves.toBeUndefined();
    // Calibration on it is refused with the same reason, even if nothing is measured.
    const calibration = { use: 'calibration', measured: undefined } as const;
    await expect(checkText(own + part, 'tinystories', calibration)).rejects.toMatchObject({
      message: expect.stringMatching(/a codec calibrated on it would know the answers\.$/) as string,
      remedy: expect.stringMatching(
        /^Take them out, or calibrate on other data, e\.g\. tinystories-cal/,
      ) as string,
    });
  });

  test('a text that only this run measures on is refused', async () => {
    const stories = Array.from({ length: 99 }, (_, i) => `On day ${i} the owl met ${i * i} foxes.`).join(' ');
    const mine = {
      ...lab,
      openText: (id: string) => (id === 'dev.txt' ? text(stories) : loadText(id, files)),
    };
    const check = (content: string) => checkText(content, 'dev.txt', { lab: mine });
    await expect(check(own + stories)).rejects.toThrow(/passages of what this plan measures on/);
    await expect(check(own)).resolves.toBeUndefined();
  });
});

describe('a set that ships', () => {
  const of = (kind: Dataset['kind'], held: boolean) =>
    datasets.filter((set) => set.kind === kind && (set.use === 'evaluation') === held).map(({ id }) => id);

  test('is not compared with other sets', async () => {
    opened.length = 0;
    const stories = await loadText('tinystories-training', files);
    await refuseHeldOutText(stories, input('tinystories-training', 'tinystories'));
    const clothes = await loadImages('fashion-mnist-training', files);
    await refuseHeldOutImages(clothes, input('fashion-mnist-training', 'cifar-10'));
    expect(opened).toEqual([]);
  });

  test.each(of('images', false))('%s shares no image with an evaluation set', async (id) => {
    const training = await loadImages(id, files);
    for (const held of of('images', true))
      expect(imagesInBoth(training, await loadImages(held, files)), held).toEqual([]);
  });

  test.each(of('text', false))('%s shares no passage with an evaluation set', async (id) => {
    const { text } = await loadText(id, files);
    for (const held of of('text', true)) {
      const { found, of: all } = passagesInBoth(text, (await loadText(held, files)).text);
      expect([found, all > 500], held).toEqual([0, true]);
    }
  });
});
