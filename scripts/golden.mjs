import { readArguments } from './lib/arguments.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { setUp } from './lib/environment.mjs';
import { inRoot } from './lib/paths.mjs';
import { Failure, runMain } from './lib/terminal.mjs';
import { withModule } from './lib/viteModule.mjs';

const HELP = `Usage: npm run golden [-- --write]

Compares artefacts of every codec and one record for each task with fixtures/golden.json (docs/golden.md).

  --write  writes the file instead
`;

async function main() {
  const { write } = readArguments({ write: { type: 'boolean' } }, HELP);
  await ensureDependencies();
  const { vulkan } = await setUp(['vulkan']);
  if (vulkan.icd) process.env.VK_ICD_FILENAMES = vulkan.icd;
  process.chdir(inRoot(''));
  await withModule('src/testing/golden/main.ts', (module) => run(module, write));
  return 0;
}

async function run({ checkGolden, writeGolden }, write) {
  if (write) return console.log(`${await writeGolden()} is written. Check its diff.`);
  const { summary, differences } = await checkGolden(false);
  console.log(summary);
  if (differences.length > 0)
    throw new Failure(
      differences.join('\n'),
      'If this is intended, run `npm run golden -- --write` and check the diff.',
    );
}

await runMain(main);
process.exit();
