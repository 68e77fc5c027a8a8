import { runSubcommand } from '../../shared/subcommands';
import { main as check, type BrowserHost } from './check/command';
import { main as exportFile } from './export/command';

const SUBCOMMANDS = {
  export: { main: exportFile, help: 'writes a gpt2 or llama model as a GGUF file' },
  check: { main: check, help: 'reads a GGUF file, runs it in llama.cpp and compares' },
};

/** Runs `npm run gguf`. @returns the exit code */
export function main(args: readonly string[], host: BrowserHost): Promise<number> {
  return runSubcommand('gguf', 'Exchanges models with llama.cpp.', SUBCOMMANDS, args, host);
}
