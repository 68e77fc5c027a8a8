import { usage } from './lib/arguments.mjs';
import { codecFolders } from './lib/codecFolder.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { setUp } from './lib/environment.mjs';
import { TOOLS } from './lib/paths.mjs';
import { executeNode } from './lib/process.mjs';
import { runMain } from './lib/terminal.mjs';

const HELP = `Usage: npm run test:codec -- ID

Runs all tests of one codec, including those of its kernels, after finding or installing a Vulkan driver.
Further options are passed to Vitest: -t NAME runs the tests of that name.
`;

/** Runs the tests of a codec. @returns the exit code of Vitest */
async function main() {
  const [id, ...options] = process.argv.slice(2);
  if (id === '--help' || id === '-h') return void process.stdout.write(HELP);
  const folder = folderOf(id);
  await ensureDependencies();
  const { vulkan } = await setUp(['vulkan']);
  const { code } = await executeNode(
    TOOLS.vitest,
    ['run', '--project', 'unit', '--project', 'gpu', folder, ...options],
    { stream: true, env: vulkan.icd ? { VK_ICD_FILENAMES: vulkan.icd } : {} },
  );
  return code;
}

function folderOf(id) {
  const folders = codecFolders();
  const known = `Codecs: ${[...folders.keys()].join(', ')}.`;
  if (id === undefined) throw usage('No codec is named.', `Write npm run test:codec -- ID. ${known}`);
  if (!folders.has(id)) throw usage(`There is no codec "${id.slice(0, 60)}".`, known);
  return folders.get(id);
}

await runMain(main);
