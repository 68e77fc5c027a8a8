import { firstLoad } from './lib/firstLoad.mjs';
import { inRoot } from './lib/paths.mjs';
import { Failure, runMain } from './lib/terminal.mjs';

/** Maximum size of the JavaScript of the first load, after gzip. */
const MAX_BYTES = 172 * 1024;

const kibibytes = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

async function main() {
  const files = firstLoad(inRoot('dist/page'));
  if (files.length === 0)
    throw new Failure(
      'dist/page/index.html loads no JavaScript, so its size cannot be checked.',
      'Check the build.',
    );
  for (const { file, gzipBytes } of files) console.log(`  ${kibibytes(gzipBytes).padStart(9)}  ${file}`);
  const total = files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
  console.log(`First load: ${kibibytes(total)} gzip of ${kibibytes(MAX_BYTES)} allowed`);
  if (total > MAX_BYTES)
    throw new Failure(
      'The first load of the page has too much JavaScript.',
      'Load the largest of these files with import().',
    );
}

await runMain(main);
