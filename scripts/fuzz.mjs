import { readArguments, usage } from './lib/arguments.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { Failure, runMain } from './lib/terminal.mjs';
import { withModule } from './lib/viteModule.mjs';

const HELP = `Usage: npm run fuzz -- [--cases N] [--reader NAME] [--seed N] [--case N | --file PATH]

Corrupts files and checks that each reader accepts them or refuses them with an error message (docs/fuzzing.md).

  --cases N      total number of files (default: as in npm test)
  --reader NAME  test only this reader
  --seed N       seed of the corruptions, 0 to 1048575 (default: 1)
  --case N       with --reader: test only this file of the seed
  --file PATH    with --reader: test only this file
`;

const SPEC = Object.fromEntries(
  ['cases', 'reader', 'seed', 'case', 'file'].map((name) => [name, { type: 'string' }]),
);

async function main() {
  const values = readArguments(SPEC, HELP);
  const request = {
    reader: values.reader,
    cases: wholeNumber(values.cases, 'cases', 1, 1e9),
    seed: wholeNumber(values.seed, 'seed', 0, 2 ** 20 - 1) ?? 1,
    index: wholeNumber(values.case, 'case', 0, 2 ** 32 - 1),
    file: values.file,
  };
  if ((request.index !== undefined || request.file !== undefined) && request.reader === undefined)
    throw usage('--case and --file need --reader.', 'Name a reader with --reader.');
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

function wholeNumber(text, name, min, max) {
  if (text === undefined) return undefined;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (number >= min && number <= max) return number;
  throw usage(`--${name} cannot be "${text}".`, `Give it a whole number from ${min} to ${max}.`);
}

await runMain(main);
process.exit();
