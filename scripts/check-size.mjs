import { firstLoad } from './lib/firstLoad.mjs';
import { inRoot } from './lib/paths.mjs';
import { Failure, runMain } from './lib/terminal.mjs';

/** First-load JavaScript before the chart, gzip. */
const LIMIT_BYTES = 250 * 1024;

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

async function main() {
  const files = firstLoad(inRoot('dist/page'));
  if (files.length === 0)
    throw new Failure(
      'dist/page/index.html loads no JavaScript: the check would prove nothing.',
      'Look at the build.',
    );
  for (const { file, gzipBytes } of files) console.log(`  ${kilobytes(gzipBytes).padStart(9)}  ${file}`);
  const total = files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
  console.log(`First load: ${kilobytes(total)} gzip of ${kilobytes(LIMIT_BYTES)} allowed`);
  if (total > LIMIT_BYTES)
    throw new Failure(
      'The page loads too much JavaScript at first.',
      'Load the largest of these with import().',
    );
}

await runMain(main);
