import type { ModelShape } from '../../../models/architecture';
import type { LabEvent } from '../../run/events';
import type { Lab } from '../../lab';
import type { Plan } from '../../plan/plan';
import type { PlanNames } from '../../plan/build';
import { PLAN_PARAMETERS, type PlanKey } from '../../plan/parameters';
import { planFromOptions } from '../../plan/text';
import type { LabRecord } from '../../results/record';
import type { RunOptions } from '../../run/run';

/** Plan options as the command line spells them. */
export type PlanOptions = Partial<Record<PlanKey, string | readonly string[]>>;

/** What may be said beside `--plan NAME`: where and how much, never what is compared. */
export const OVERRIDES = ['model', 'windows', 'calibration-windows', 'draws', 'verdict', 'data'] as const;
export type Overrides = Partial<Record<(typeof OVERRIDES)[number], string>>;

export interface PlanRequest {
  names: PlanNames;
  overrides: Overrides;
}

/** What a run of a named plan left. */
export interface Results {
  records: readonly LabRecord[];
  /** Sentence by codec spelling, of those that failed. */
  failures: ReadonlyMap<string, string>;
  /** By model id. */
  shapes: ReadonlyMap<string, ModelShape>;
}

/**
 * A comparison that is run again and again under one name: its plans, and the table that sets the figures of others beside
 * ours. Default export of `namedPlans/<id>/plan.ts`; adding one edits no existing line.
 */
export interface NamedPlan {
  id: string;
  title: string;
  /** What is run, how much of it, and what to bear in mind when reading the table. Markdown. */
  note: string;
  /** Codecs that cannot work as published; that they fail is a finding, not a failure of the run. */
  expectedFailures?: readonly string[];
  /** @throws LabError bad-plan for overrides that do not fit */
  plans(request: PlanRequest): readonly Plan[];
  /** Runs the plans where one depends on what another found; absent: one after the other. */
  run?(lab: Lab, plans: readonly Plan[], options: RunOptions): AsyncIterable<LabEvent>;
  /** Markdown. Takes whatever there is: a stopped run has a table too. */
  table(results: Results): string;
}

/** The model, text and protocol every named plan has where nothing else is said: 32 windows are enough for a verdict. */
export const COMMON_OPTIONS = {
  model: 'stories260K',
  context: '128',
  windows: '32',
  'calibration-windows': '32',
  verdict: 'on',
} as const satisfies PlanOptions;

/**
 * A plan of its own options and the user's. Options of its own that mean nothing for the user's model are left out.
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
