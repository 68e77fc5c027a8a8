import { existsSync, readFileSync } from 'node:fs';
import {
  FILES_OVERRIDE,
  OVERRIDES,
  type NamedPlan,
  type Overrides,
} from '../../../src/lab/studies/namedPlans/definition';
import { namedPlans } from '../../../src/lab/studies/namedPlans/registry';
import type { Plan } from '../../../src/lab/plan/plan';
import { EMBEDDED_NAMES, type PlanNames } from '../../../src/lab/plan/build';
import { isPlanKey, PLAN_KEYS } from '../../../src/lab/plan/parameters';
import { parseShard, shardPlans } from '../../../src/lab/plan/shards';
import { planFromJson, planFromOptions } from '../../../src/lab/plan/text';
import type { ComputeChoice } from '../../../src/lab/compute';
import {
  COMPUTE,
  computeOf,
  optionsHelp,
  planOption,
  readArguments,
  usage,
  type Arguments,
  type OptionTable,
} from '../../shared/options';

type Backend = 'dawn' | 'browser';

export interface SweepRequest {
  plans: readonly Plan[];
  /** The named plan to which they belong; its table is printed after the table of records. */
  named?: NamedPlan;
  /** Folder for records.json, records.csv and curve.html; undefined writes nothing. */
  out?: string;
  backend: Backend;
  adapter?: string;
  compute: ComputeChoice;
  /** Whether sizes are printed from layouts, and nothing is measured. */
  sizesOnly: boolean;
}

const PLAN_OPTIONS: OptionTable = Object.fromEntries(PLAN_KEYS.map((key) => [key, planOption(key)]));

/** The word of --metrics for sizes alone. No plan has it, since it makes no records. */
const SIZES_ONLY = 'size';

const OPTIONS: OptionTable = {
  ...PLAN_OPTIONS,
  model: { ...PLAN_OPTIONS.model, repeatable: true },
  metrics: {
    value: `${PLAN_OPTIONS.metrics.value}|${SIZES_ONLY}`,
    help: `${PLAN_OPTIONS.metrics.help}; ${SIZES_ONLY} prints the sizes of the files and measures nothing`,
  },
  plan: {
    value: 'NAME|FILE',
    help: `a named plan (below), or a JSON file with one plan or a list of them, instead of the options above; beside a name, ${OVERRIDES.map((key) => `--${key}`).join(', ')} may change what is measured, and how much`,
  },
  out: {
    value: 'DIR',
    help: 'write records.json, records.csv and curve.html; an interrupted sweep resumes there',
  },
  shard: {
    value: 'PART/PARTS',
    help: 'measure one of several parts, each for a machine, such as 2/5; `npm run merge` joins their folders',
  },
  backend: {
    value: 'dawn|browser',
    help: 'compute with Dawn in Node, or in headless Chromium (default: dawn)',
  },
  adapter: { value: 'NAME', help: 'auto, software, or part of an adapter’s name (Dawn only; default: auto)' },
  compute: COMPUTE,
};

export const SWEEP_HELP = `Usage: npm run sweep -- [options]

Compresses models with every codec of the plan, measures their quality and speed, and prints a Markdown table.
Without options it runs the default plan on every embedded model.

${optionsHelp(OPTIONS)}
Named plans (--plan NAME), each with a table of published results beside ours:
${namedPlansHelp()}
Example: npm run sweep -- --model stories260K --codec "rtn(bits=4,group=32)" --codec "nf4(block=64)" --out results
`;

/** Parses the arguments of `npm run sweep`. @throws LabError bad-plan for every invalid option */
export function parseSweep(args: readonly string[], names: PlanNames): SweepRequest {
  const given = readArguments(args, OPTIONS);
  const adapter = given.value('adapter');
  const backend = given.oneOf('backend', ['dawn', 'browser'], 'dawn');
  if (backend === 'browser' && adapter !== undefined)
    throw usage(
      '--adapter chooses among Dawn’s adapters; a browser chooses its own.',
      'Leave out --backend or --adapter.',
    );
  if (backend === 'browser' && given.value('compute') !== undefined)
    throw usage(
      '--compute chooses for runs in Node; a browser measures on its GPU.',
      'Leave out --backend or --compute.',
    );
  // In a browser only the models and data that ship with the page exist.
  const sizesOnly = given.value('metrics') === SIZES_ONLY;
  const values = new Map([...given.values].filter(([key]) => !sizesOnly || key !== 'metrics'));
  const found = plansOf(values, backend === 'browser' ? EMBEDDED_NAMES : names);
  if (sizesOnly) refuseBesideSizes(given, found);
  if (backend === 'browser' && (found.named?.run ?? found.named?.runEach))
    throw usage(
      `--plan ${found.named.id} does more than measure given codecs, and runs in Node.`,
      'Leave out --backend.',
    );
  const plans = shardOf(given, found);
  return { ...found, plans, backend, out: given.path('out'), adapter, compute: computeOf(given), sizesOnly };
}

/** @throws LabError bad-plan for options that have no meaning where nothing is measured */
function refuseBesideSizes(given: Arguments, { named, plans }: Pick<SweepRequest, 'plans' | 'named'>): void {
  const option = ['out', 'adapter', 'compute', 'backend', 'latency', 'tasks'].find((name) =>
    given.values.has(name),
  );
  const reason = option ? `--${option}` : named?.run ? `--plan ${named.id}` : undefined;
  const files = plans.some((plan) => plan.files) ? '--file' : undefined;
  if (reason ?? files)
    throw usage(
      `--metrics ${SIZES_ONLY} measures nothing, so that ${reason ?? files} has no meaning beside it.`,
      'Leave out one of them.',
    );
}

/** Returns what this machine measures. @throws LabError bad-plan for a search, whose steps depend on each other */
function shardOf(given: Arguments, { plans, named }: Pick<SweepRequest, 'plans' | 'named'>): readonly Plan[] {
  const text = given.value('shard');
  if (text === undefined) return plans;
  if (named?.run)
    throw usage(
      `--plan ${named.id} is a search, whose steps depend on each other.`,
      'Leave out --shard, or give each machine a --model.',
    );
  return shardPlans(plans, parseShard(text));
}

type Values = ReadonlyMap<string, readonly string[]>;

function plansOf(values: Values, names: PlanNames): Pick<SweepRequest, 'plans' | 'named'> {
  const name = values.get('plan')?.[0];
  const options = [...values].filter(([key]) => isPlanKey(key));
  if (name === undefined) return { plans: planFromOptions(Object.fromEntries(options), names) };
  const named = namedPlans.get(name);
  if (named) return { named, plans: named.plans({ names, overrides: overridesOf(named, options) }) };
  if (options.length > 0)
    throw usage(
      `--plan and --${options[0][0]} both define the plan.`,
      'Move the setting to the plan file, or leave out --plan.',
    );
  return { plans: planFromJson(readJson(name), names) };
}

/** Returns the options that may be given beside a named plan. @throws LabError bad-plan for all others */
function overridesOf(
  { id, takesFiles, takesModels }: NamedPlan,
  options: readonly (readonly [string, readonly string[]])[],
): Overrides {
  const allowed: readonly string[] = takesFiles ? [...OVERRIDES, FILES_OVERRIDE] : OVERRIDES;
  if (takesFiles && !options.some(([key]) => key === FILES_OVERRIDE))
    throw usage(
      `--plan ${id} measures files, and none is given.`,
      `Name each with --${FILES_OVERRIDE}: a GGUF file, or a folder with a quantised checkpoint.`,
    );
  for (const [key, given] of options) {
    if (!allowed.includes(key))
      throw usage(
        `--plan ${id} and --${key} cannot be combined: the plan sets it.`,
        `Beside this plan: ${allowed.map((known) => `--${known}`).join(', ')}.`,
      );
    if (given.length > 1 && key !== FILES_OVERRIDE && !(key === 'model' && takesModels))
      throw usage(`--${key} is given ${given.length} times.`, 'Keep one of them.');
  }
  return Object.fromEntries(
    options.map(([key, given]) => [key, key === FILES_OVERRIDE ? given : given.join(';')]),
  );
}

function namedPlansHelp(): string {
  const plans = [...namedPlans.values()];
  const width = Math.max(...plans.map(({ id }) => id.length));
  return plans.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}\n`).join('');
}

function readJson(file: string): unknown {
  // A word without dot or slash is taken for a name.
  if (/^[\w-]+$/.test(file) && !existsSync(file))
    throw usage(
      `There is no plan "${file.slice(0, 60)}": it is neither a named plan nor a file.`,
      `Named plans: ${[...namedPlans.keys()].join(', ')}.`,
    );
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw usage(
      `The plan file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      'Check the path.',
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(
      `The plan file ${file} is not JSON: ${(error as Error).message}`,
      'Correct it and try again.',
    );
  }
}
