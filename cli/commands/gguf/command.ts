import { runCommand } from '../../shared/command';
import { usage } from '../../shared/options';
import { runSubcommand } from '../../shared/subcommands';
import { main as check, type BrowserHost } from './check/command';
import { main as imatrix } from './imatrix/command';

const MOVED = 'is now `npm run export -- --format gguf`';

const SUBCOMMANDS = {
  check: { main: check, help: 'reads a GGUF file, runs it in llama.cpp and compares' },
  imatrix: { main: imatrix, help: 'writes the importance of the inputs of a model’s layers' },
  export: { main: moved, help: MOVED },
};

/** Runs `npm run gguf`. @returns the exit code */
export function main(args: readonly string[], host: BrowserHost): Promise<number> {
  return runSubcommand('gguf', 'Exchanges models with llama.cpp.', SUBCOMMANDS, args, host);
}

/** Points to the command that took the place of `gguf -- export`. */
function moved(args: readonly string[]): Promise<number> {
  const refuse = () => {
    throw usage(
      `\`npm run gguf -- export\` ${MOVED}.`,
      'The other options are the same, except that an artefact is given with --artefact instead of --from.',
    );
  };
  return runCommand(
    { help: `\`npm run gguf -- export\` ${MOVED}.\n`, parse: refuse, execute: () => Promise.resolve(0) },
    args,
  );
}
