import { describe, expect, test } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { imagesFromFile, loadImages, loadText, textFromFile } from '../../data/datasets';
import type { Model } from '../../models/model';
import type { WeightValues } from '../../runtime/forward/weights';
import { goldenModel } from '../../testing/golden/lab';
import { openCalibrationData } from './data';
import type { Lab } from '../lab';

const files = folderFiles('public/data');
const RECORD = 3073;

/** Opens a file of the user's as the calibration set of a plan that measures on what ships. */
function calibrate(kind: 'text' | 'images', content: Uint8Array, measured: string) {
  const lab = {
    openText: (id: string) => (id === 'mine' ? textFromFile(id, content) : loadText(id, files)),
    openImages: (id: string) => (id === 'mine' ? imagesFromFile(id, content) : loadImages(id, files)),
  } as unknown as Lab;
  return openCalibrationData({
    ...{ lab, model: { shape: kind === 'images' ? { image: {} } : {} } as Model, context: 128, seed: 1 },
    calibration: { data: 'mine', windows: 8, draws: 1 },
    measured: { id: measured, sha256: 'of another file' },
  });
}

test('a text with passages of the evaluation data is refused', async () => {
  const { text } = await loadText('tinystories', files);
  const own = 'An owl and a fox went out to sea. '.repeat(40);
  const mixed = new TextEncoder().encode(own + text.slice(50_000, 51_000) + own);
  await expect(calibrate('text', mixed, 'tinystories')).rejects.toMatchObject({
    code: 'bad-plan',
    message: expect.stringMatching(/^mine holds \d of \d+ passages of TinyStories.*a codec calibrated on it/),
    remedy: expect.stringContaining('tinystories-calibration') as string,
  });
});

test('images of the evaluation data are refused, one by one', async () => {
  const [test2000, train512] = [
    await files.read('cifar-10/test_2000.bin'),
    await files.read('cifar-10/train_512.bin'),
  ];
  const mixed = new Uint8Array([
    ...train512.slice(0, 3 * RECORD),
    ...test2000.slice(9 * RECORD, 10 * RECORD),
  ]);
  await expect(calibrate('images', mixed, 'cifar-10')).rejects.toMatchObject({
    code: 'bad-plan',
    message:
      'mine holds an image of CIFAR-10, first 2,000 test images, the first as its number 3: ' +
      'a codec calibrated on it would know the answers.',
  });
});

describe('what searches are scored on', () => {
  const text = new TextEncoder().encode('An owl and a fox went out to sea, and came home. '.repeat(40));
  const open = async (windows: number) => {
    const lab = { openText: (id: string) => (id === 'mine' ? textFromFile(id, text) : loadText(id, files)) };
    return (await openCalibrationData({
      lab: lab as unknown as Lab,
      model: goldenModel('gpt2'),
      ...{ context: 16, seed: 1, calibration: { data: 'mine', windows, draws: 1 } },
    }))!;
  };

  test('one window is refused by its number, not by the length of the text', async () => {
    const data = await open(1);
    expect(() => data.evaluator(1, {} as WeightValues, 'draw')).toThrow('at least two calibration windows');
  });

  test('a draw that leaves too few windows for the files is refused with their number', async () => {
    const data = await open(90);
    expect(() => data.evaluator(1, {} as WeightValues, 'validation')).toThrow(
      /at least 30 windows that calibrate nothing; mine has \d+ beside those of the plan/,
    );
  });
});
