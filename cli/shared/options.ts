import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LabError } from '../../src/base/errors';
import { PLAN_PARAMETERS, type PlanKey } from '../../src/lab/plan/parameters';
import { COMPUTE_CHOICES, type ComputeChoice } from '../../src/lab/compute';
import { OFFLINE } from '../../src/platform/node/hub/models';

/** An option `--name VALUE` of a command. */
interface Option {
  /** Placeholder of the value in the help. */
  value: string;
  help: string;
  repeatable?: boolean;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** The option of every command that computes on a GPU. */
export const ADAPTER = {
  value: 'NAME',
  help: 'auto, software, or part of an adapter’s name (default: auto)',
} as const satisfies Option;

/** The option of every command that measures models. */
export const COMPUTE = {
  value: COMPUTE_CHOICES.join('|'),
  help: 'what runs the model; auto is the CPU without an adapter or with a software adapter, and otherwise the GPU (default: auto)',
} as const satisfies Option;

/** The option of commands that only encode or decode. */
export const CODING_COMPUTE = {
  value: COMPUTE_CHOICES.join('|'),
  help: 'what encodes and decodes; auto is the adapter, and the CPU where there is none (default: auto)',
} as const satisfies Option;

/**
 * Reads `--compute`.
 * @param adapterWorks whether the adapter works even where the CPU measures, as in training
 * @throws LabError bad-plan for another value, and for `cpu` beside an adapter that would have nothing to do
 */
export function computeOf(given: Arguments, adapterWorks = false): ComputeChoice {
  const compute = given.oneOf('compute', COMPUTE_CHOICES, 'auto');
  if (compute === 'cpu' && given.value('adapter') !== undefined && !adapterWorks)
    throw usage(
      '--compute cpu and --adapter contradict each other: one asks for the CPU, the other chooses an adapter.',
      'Leave out one of them. --compute auto measures on the CPU beside a software adapter, which then encodes.',
    );
  return compute;
}

const OFFLINE_HELP =
  'use models of the hub (--model owner/name or owner/name@revision) only from .cache/hub; without it they are downloaded there. BITCURVE_HUB selects another hub, HF_TOKEN gives access to private models';

/**
 * Returns the option that sets one parameter of a plan.
 * @param fallback the default shown in the help, if it differs from that of the plan
 */
export function planOption(key: PlanKey, fallback = PLAN_PARAMETERS[key].fallback): Option {
  const { value, help, repeatable } = PLAN_PARAMETERS[key];
  return { value, help: `${help} (default: ${fallback})`, repeatable };
}

/** The arguments of a command, read by name. */
export class Arguments {
  constructor(
    /** Values of the options given, by name. */
    readonly values: ReadonlyMap<string, readonly string[]>,
    readonly positionals: readonly string[],
  ) {}

  /** Returns the value of an option; undefined if it is not given. */
  value(name: string): string | undefined {
    return this.values.get(name)?.[0];
  }

  /** Returns the absolute path that an option names; undefined if it is not given. */
  path(name: string): string | undefined {
    const given = this.value(name);
    return given === undefined ? undefined : resolve(given);
  }

  /** Returns the value of a required option. @throws LabError bad-plan if it is missing */
  required(name: string): string {
    const given = this.value(name);
    if (given !== undefined) return given;
    throw usage(`--${name} is missing.`, 'Use --help to list the options.');
  }

  /** Returns the value of an option with a fixed set of values. @throws LabError bad-plan for another value */
  oneOf<T extends string>(name: string, words: readonly [T, ...T[]], fallback: T): T {
    const given = this.value(name) ?? fallback;
    const found = words.find((word) => word === given);
    if (found !== undefined) return found;
    throw usage(`--${name} cannot be "${given.slice(0, 60)}".`, `Write one of: ${words.join(', ')}.`);
  }
}

/**
 * Reads the arguments of a command strictly.
 * @param positional names of the positional arguments, such as `FILE`; the last may be given several times if it ends in `…`
 * @throws LabError bad-plan for unknown, repeated or empty options and for a wrong number of positionals
 */
export function readArguments(
  args: readonly string[],
  table: OptionTable,
  positional: readonly string[] = [],
): Arguments {
  const { values, positionals } = parse(args, table);
  const isOpen = positional.at(-1)?.endsWith('…') ?? false;
  const missing = positional[positionals.length];
  if (missing !== undefined || (!isOpen && positionals.length > positional.length))
    throw usage(
      missing !== undefined
        ? `${missing.replace('…', '')} is missing.`
        : `"${positionals[positional.length]}" is one argument too many.`,
      'Give options as --name VALUE; --help lists them.',
    );
  const given = new Map(Object.entries(values).map(([name, list]) => [name, list ?? []]));
  for (const [name, list] of given) {
    if (list.length > 1 && !table[name].repeatable)
      throw usage(`--${name} is given ${list.length} times.`, 'Keep one of them.');
    if (list.includes('')) throw usage(`--${name} is empty.`, 'Give it a value or leave it out.');
  }
  return new Arguments(given, positionals);
}

function parse(args: readonly string[], table: OptionTable) {
  const options = Object.fromEntries(
    Object.keys(table).map((name) => [name, { type: 'string', multiple: true } as const]),
  );
  const given = hasModelOption(table) ? args.filter((arg) => arg !== OFFLINE) : args;
  try {
    return parseArgs({ args: [...given], options, allowPositionals: true });
  } catch (error) {
    const sentence = (error as Error).message.split(/\.\s|\n/)[0].replace(/\.?$/, '.');
    throw usage(
      sentence,
      `Known options: ${[...Object.keys(table), 'help'].map((n) => `--${n}`).join(', ')}.`,
    );
  }
}

/** Whether a command has --model, and with it the switch --offline, which is read before all other arguments. */
function hasModelOption(table: OptionTable): boolean {
  return 'model' in table;
}

/** Returns a LabError for invalid usage. */
export function usage(message: string, remedy: string): LabError {
  return new LabError('bad-plan', message, remedy);
}

/** Returns the list of options for the help, with descriptions aligned and wrapped at 100 columns. */
export function optionsHelp(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, { value, help }]) => [`--${name} ${value}`, help] as const);
  const offline = hasModelOption(table) ? [[OFFLINE, OFFLINE_HELP] as const] : [];
  const all = [...rows, ...offline, ['--help', 'this text'] as const];
  const width = Math.min(30, Math.max(...all.map(([left]) => left.length)));
  return all.map(([left, help]) => helpRow(left, help, width)).join('');
}

function helpRow(left: string, help: string, width: number): string {
  const indent = `\n${' '.repeat(width + 4)}`;
  const lines: string[] = [''];
  for (const word of help.split(' ')) {
    const last = lines[lines.length - 1];
    if (last && last.length + word.length + 1 > 96 - width) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  const first = left.length > width ? `${left}${indent}` : `${left.padEnd(width)}  `;
  return `  ${first}${lines.join(indent)}\n`;
}
