import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { inRoot } from './lib/paths.mjs';
import { runMain } from './lib/terminal.mjs';

/**
 * Cuts the files of Fashion-MNIST that ship with the page out of the published ones: the whole test part, and the first images of
 * the training part. Usage: node scripts/fashionMnist.mjs [FOLDER], by default where Debian's dataset-fashion-mnist puts them.
 */
const SOURCE = '/usr/share/datasets/fashion-mnist';
const TRAINING_IMAGES = 18_000;
const PARTS = [
  ['t10k-images-idx3-ubyte', Infinity],
  ['t10k-labels-idx1-ubyte', Infinity],
  ['train-images-idx3-ubyte', TRAINING_IMAGES],
  ['train-labels-idx1-ubyte', TRAINING_IMAGES],
];

/** The first `most` items of an IDX file (big-endian header: magic number, then the dimensions). */
function firstItems(file, most) {
  const dimensions = file[3];
  const header = 4 + 4 * dimensions;
  const count = file.readUInt32BE(4);
  const kept = Math.min(count, most);
  const itemBytes = (file.length - header) / count;
  const cut = Buffer.from(file.subarray(0, header + kept * itemBytes));
  cut.writeUInt32BE(kept, 4);
  return cut;
}

async function main() {
  const source = process.argv[2] ?? SOURCE;
  const target = inRoot('public/data/fashion-mnist');
  await mkdir(target, { recursive: true });
  for (const [name, most] of PARTS) {
    const file = gunzipSync(await readFile(join(source, `${name}.gz`)));
    // Node's gzip writes no time and no name: the same file every time.
    await writeFile(join(target, `${name}.gz`), gzipSync(firstItems(file, most), { level: 9 }));
  }
}

await runMain(main);
