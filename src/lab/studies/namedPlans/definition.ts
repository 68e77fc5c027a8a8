import type { ModelShape } from '../../../models/architecture';
import type { LabEvent } from '../../run/events';
import type { Lab } from '../../lab';
import type { Plan } from '../../plan/plan';
import type { PlanNames } from '../../plan/build';
import { badPlan, PLAN_PARAMETERS, quote, type PlanKey } from '../../plan/parameters';
import { planFromOptions } from '../../plan/text';
import type { LabRecord } from '../../results/record';
import type { RunOptions } from '../../run/run';

/** Plan options as the command line spells them. */
export type PlanOptions = Partial<Record<PlanKey, string | readonly string[]>>;

/** The options allowed beside `--plan NAME`. They change where and how much is measured, not what is compared. */
export const OVERRIDES = [
  'model',
  'windows',
  'calibration-windows',
  'draws',
  'verdict',
  'data',
  'latency',
] as const;
/** Beside those, a plan that takes files allows this one, several times. */
export const FILES_OVERRIDE = 'file';
export type Overrides = Partial<
  Record<(typeof OVERRIDES)[number], string> & Record<typeof FILES_OVERRIDE, readonly string[]>
>;

export interface PlanRequest {
  names: PlanNames;
  overrides: Overrides;
}

/** The results of a named plan. */
export interface Results {
  records: readonly LabRecord[];
  /** Error message by codec spelling, for codecs that failed. */
  failures: ReadonlyMap<string, string>;
  /** Shapes by model id. */
  shapes: ReadonlyMap<string, ModelShape>;
}

/**
 * A comparison that is run under a name: its plans, and the table that compares published figures with ours. It is the default
 * export of `namedPlans/<id>/plan.ts`; a new one needs no edit elsewhere.
 */
export interface NamedPlan {
  id: string;
  title: string;
  /** Says in Markdown what is run, how much of it, and what to bear in mind when reading the table. */
  note: string;
  /** Codecs that cannot work as published. Their failure is a result, not a failure of the run. */
  expectedFailures?: readonly string[];
  /** Whether the plan measures the files given with `--file`, and needs one. */
  takesFiles?: true;
  /** Whether `--model` may be given several times; the override then joins them by `;`. */
  takesModels?: true;
  /** @throws LabError bad-plan for overrides that do not fit */
  plans(request: PlanRequest): readonly Plan[];
  /** Runs plans of which one depends on the results of another. If absent, they run one after the other. */
  run?(lab: Lab, plans: readonly Plan[], options: RunOptions): AsyncIterable<LabEvent>;
  /** Runs one of the plans where it does more than measure its codecs. */
  runEach?(lab: Lab, plan: Plan, options: RunOptions): AsyncIterable<LabEvent>;
  /** Writes the table as Markdown, also for a run that was stopped. */
  table(results: Results): string;
}

/** The default model and protocol of named plans. 32 windows are enough for a verdict. */
export const COMMON_OPTIONS = {
  model: 'stories260K',
  context: '128',
  windows: '32',
  'calibration-windows': '32',
  verdict: 'on',
} as const satisfies PlanOptions;

/**
 * Builds a plan from a named plan's own options and the user's. Own options that do not apply to the user's model are left out.
 * @throws LabError bad-plan
 */
export function namedPlan(own: PlanOptions, { names, overrides }: PlanRequest): Plan {
  const given: PlanOptions = { ...own, ...overrides };
  const { task } = names.model(String(given.model));
  const fitting = Object.entries(given).filter(
    ([key]) => key in overrides || (PLAN_PARAMETERS[key as PlanKey].only ?? task) === task,
  );
  return planFromOptions(Object.fromEntries(fitting), names)[0];
}

/**
 * Builds a plan that asks tasks. It has no verdict, since that would ask the opponents, too.
 * @throws LabError bad-plan for a model that generates no text, and as `namedPlan`
 */
export function taskPlan(own: PlanOptions & { model: string; tasks: string }, request: PlanRequest): Plan {
  const { model = own.model } = request.overrides;
  if (request.names.model(model).task !== 'language-model')
    throw badPlan(
      `The plan asks tasks in words, and ${quote(model)} classifies images.`,
      'Name a language model.',
    );
  return namedPlan({ ...COMMON_OPTIONS, verdict: 'off', ...own }, request);
}
