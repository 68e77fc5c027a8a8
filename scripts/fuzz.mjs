import { readArguments, usage } from './lib/arguments.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { Failure, runMain } from './lib/terminal.mjs';
import { withModule } from './lib/viteModule.mjs';

const HELP = `Usage: npm run fuzz -- [--cases N] [--reader NAME] [--seed N] [--case N | --file PATH]

Breaks what the project reads and checks that each reader reads it or refuses it in a sentence (docs/fuzzing.md).

  --cases N      files in all (default: as many as in npm test)
  --reader NAME  one reader only
  --seed N       other files, 0 to 1048575 (default: 1)
  --case N       with --reader: this file of the seed alone
  --file PATH    with --reader: a file
`;

const SPEC = Object.fromEntries(
  ['cases', 'reader', 'seed', 'case', 'file'].map((name) => [name, { type: 'string' }]),
);

async function main() {
  const values = readArguments(SPEC, HELP);
  const request = {
    reader: values.reader,
    cases: whole(values.cases, 'cases', 1, 1e9),
    seed: whole(values.seed, 'seed', 0, 2 ** 20 - 1) ?? 1,
    index: whole(values.case, 'case', 0, 2 ** 32 - 1),
    file: values.file,
  };
  if ((request.index !== undefined || request.file !== undefined) && request.reader === undefined)
    throw usage('--case and --file need a reader.', 'Name it with --reader.');
  await ensureDependencies();
  await withModule('src/testing/fuzz/main.ts', (module) => run(module, request));
  return 0;
}

async function run({ fuzz, readerTable }, request) {
  const names = (await readerTable()).map(({ name }) => name);
  if (request.reader !== undefined && !names.includes(request.reader))
    throw usage(`There is no reader "${request.reader}".`, `Readers: ${names.join(', ')}.`);
  try {
    await fuzz(request, (line) => console.log(line));
  } catch (error) {
    throw new Failure(error.message, error.cause?.stack ?? error.stack);
  }
}

function whole(text, name, least, most) {
  if (text === undefined) return undefined;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw usage(`--${name} cannot be "${text}".`, `Give it a whole number from ${least} to ${most}.`);
}

await runMain(main);
process.exit();
