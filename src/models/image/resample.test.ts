import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../base/checksum';
import { parseCifar10 } from '../../formats/cifar';
import { resampler, type ResampleFilter } from './resample';

const SIDE = 32;
const PLANE = SIDE * SIDE;

/**
 * SHA-256 of the planes of CIFAR-10 test images 0 and 7 as Pillow 9.4.0 resizes them:
 * `b''.join(band.tobytes() for band in image.resize((size, size), filter).split())`.
 */
const PILLOW: [size: number, filter: ResampleFilter, image: number, sha256: string][] = [
  [224, 2, 0, '2d446bb05832ba3b9166d306f4a9ded33b75c5607ada4c12ea1191891ae768cc'],
  [224, 2, 7, 'b49740eec53b0a490459acf1611e5637b514640f582a95245970dd2a9623af21'],
  [224, 3, 0, '8e09742bfe1a284612358ff7b0a43ed3254723af5d16cbf27280e83d57ccfac0'],
  [224, 3, 7, 'a49a42115676bf7ca2d77e4203d17438e19f1e871091f52aa15bd721ee84ae79'],
  [224, 1, 0, '0f0545baed21f56678055d3a819bc44c8797e7b7b07375da1333cb3e452855a0'],
  [224, 1, 7, 'eff9dd53a8abbd1f49068ff1e49f34d0e205b12d6d71d7ba8b17eb62a96a3076'],
  [20, 2, 0, 'b59b01f3c0388a043eb47301cf2463ddaa3acb9d64b636d4e33b95801be9dad8'],
  [20, 2, 7, '8df8961129fc57f83e706859e230694196bc8ffb407c037295cfe4197611b817'],
  [13, 3, 0, '6a9735e0f1011c28b0fc952018a6b26f6537a7ff118737fcdb0d6f8a5f5e82cc'],
  [13, 3, 7, '407378e40455565f2b92732f2fb56f764e9bb4ff8f89c4bf9d51754a5c3cc3f8'],
  [48, 2, 0, 'fafcfe7dcb5dc6ad4e0d8afb89915a0b855b19d32463bdb91c3f4550f674ed3d'],
  [48, 2, 7, '831e7af0065e1c75bf618808a043257c7f6cccb4fa6c854951165cee13dd967f'],
];

test.each(PILLOW)(
  'resizes to %i pixels with filter %i as Pillow does, image %i',
  async (size, filter, image, sha256) => {
    const { pixels } = parseCifar10(readFileSync('public/data/cifar-10/test_2000.bin').subarray(0, 8 * 3073));
    const resize = resampler(SIDE, size, filter);
    const planes = [0, 1, 2].map((c) => {
      const first = (image * 3 + c) * PLANE;
      return resize(pixels.subarray(first, first + PLANE));
    });
    expect(await sha256Hex(...planes)).toBe(sha256);
  },
);
