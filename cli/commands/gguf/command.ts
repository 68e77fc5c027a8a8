import { runCommand } from '../../shared/command';
import { usage } from '../../shared/options';
import { main as check, type BrowserHost } from './check/command';
import { main as exportFile } from './export/command';

const GGUF_HELP = `Usage: npm run gguf -- export … | check …

  export  writes a gpt2 or llama model as a GGUF file
  check   reads a GGUF file, runs it in llama.cpp and compares

\`npm run gguf -- export --help\` and \`npm run gguf -- check --help\` list their options.
`;

const SUBCOMMANDS = new Map([
  ['export', exportFile],
  ['check', check],
]);

/** Runs `npm run gguf`: the sub-command that the first argument names. @returns the exit code */
export function main(args: readonly string[], host: BrowserHost): Promise<number> {
  const subcommand = SUBCOMMANDS.get(args[0]);
  if (subcommand) return subcommand(args.slice(1), host);
  return runCommand({ help: GGUF_HELP, parse: refuse, execute: () => Promise.resolve(0) }, args);
}

function refuse(args: readonly string[]): never {
  const names = [...SUBCOMMANDS.keys()].join(' or ');
  throw usage(
    args.length === 0
      ? `The sub-command (${names}) is missing.`
      : `There is no "gguf ${args[0].slice(0, 60)}".`,
    `Write npm run gguf -- ${names}; --help explains them.`,
  );
}
