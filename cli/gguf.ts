import { runCommand, type Command } from './command';
import { executeExport, EXPORT_HELP, parseExport } from './ggufExport';
import { usage } from './options';

export const GGUF_HELP = `Usage: npm run gguf -- export … | check …

  export  writes a gpt2 or llama model as a GGUF file
  check   reads a GGUF file, runs it in llama.cpp and compares

npm run gguf -- export --help and npm run gguf -- check --help list their options.
`;

/** Commands by their name. */
const COMMANDS: ReadonlyMap<string, () => Command<never>> = new Map([
  ['export', () => ({ help: EXPORT_HELP, parse: parseExport, execute: executeExport }) as Command<never>],
]);

const UNKNOWN: Command<never> = {
  help: GGUF_HELP,
  parse(args) {
    const names = [...COMMANDS.keys()].join(' or ');
    throw usage(
      args.length === 0 ? `${names} is missing.` : `There is no "gguf ${args[0].slice(0, 60)}".`,
      `Write npm run gguf -- ${names}; --help explains them.`,
    );
  },
  execute: () => Promise.resolve(2),
};

/** `npm run gguf`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  const command = COMMANDS.get(args[0])?.();
  return command ? runCommand(command, args.slice(1)) : runCommand(UNKNOWN, args);
}
