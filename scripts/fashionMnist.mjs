import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { inRoot } from './lib/paths.mjs';
import { runMain } from './lib/terminal.mjs';

/**
 * Extracts the files of Fashion-MNIST that ship with the page from the published ones: the whole test set, and the first images of
 * the training set. Usage: node scripts/fashionMnist.mjs [FOLDER]; the default is the folder of Debian's dataset-fashion-mnist.
 */
const SOURCE = '/usr/share/datasets/fashion-mnist';
const TRAINING_IMAGES = 18_000;
const PARTS = [
  ['t10k-images-idx3-ubyte', Infinity],
  ['t10k-labels-idx1-ubyte', Infinity],
  ['train-images-idx3-ubyte', TRAINING_IMAGES],
  ['train-labels-idx1-ubyte', TRAINING_IMAGES],
];

/** Returns the first `max` items of an IDX file (big-endian header: magic number, then the dimensions). */
function firstItems(file, max) {
  const dimensions = file[3];
  const header = 4 + 4 * dimensions;
  const count = file.readUInt32BE(4);
  const kept = Math.min(count, max);
  const itemBytes = (file.length - header) / count;
  const cut = Buffer.from(file.subarray(0, header + kept * itemBytes));
  cut.writeUInt32BE(kept, 4);
  return cut;
}

async function main() {
  const source = process.argv[2] ?? SOURCE;
  const target = inRoot('public/data/fashion-mnist');
  await mkdir(target, { recursive: true });
  for (const [name, max] of PARTS) {
    const file = gunzipSync(await readFile(join(source, `${name}.gz`)));
    // Node's gzip writes neither time nor name, so the file is reproducible.
    await writeFile(join(target, `${name}.gz`), gzipSync(firstItems(file, max), { level: 9 }));
  }
}

await runMain(main);
