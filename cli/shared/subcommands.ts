import { runCommand } from './command';
import { usage } from './options';

/** A sub-command: its `main`, and the line about it in the help. */
export interface Subcommand<Host = void> {
  main: (args: readonly string[], host: Host) => Promise<number>;
  help: string;
}

/**
 * Runs the sub-command that the first argument names.
 * @param name of the command
 * @param note a sentence of the help about the whole command
 * @returns the exit code
 */
export function runSubcommand<Host = void>(
  name: string,
  note: string,
  subcommands: Readonly<Record<string, Subcommand<Host>>>,
  args: readonly string[],
  host: Host,
): Promise<number> {
  const names = Object.keys(subcommands);
  const chosen = Object.hasOwn(subcommands, args[0] ?? '') ? subcommands[args[0]] : undefined;
  if (chosen) return chosen.main(args.slice(1), host);
  const width = Math.max(...names.map((each) => each.length));
  const lines = names.map((each) => `  ${each.padEnd(width)}  ${subcommands[each].help}\n`).join('');
  const help = `Usage: npm run ${name} -- ${names.map((each) => `${each} …`).join(' | ')}

${note}

${lines}
\`npm run ${name} -- ${names[0]} --help\` lists the options of \`${names[0]}\`, and so on.
`;
  return runCommand(
    { help, parse: (given) => refuse(name, names, given), execute: () => Promise.resolve(0) },
    args,
  );
}

function refuse(name: string, names: readonly string[], args: readonly string[]): never {
  const choice = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(names);
  throw usage(
    args.length === 0
      ? `The sub-command (${choice}) is missing.`
      : `There is no "${name} ${args[0].slice(0, 60)}".`,
    `Write npm run ${name} -- ${choice}; --help explains them.`,
  );
}
