import type { NamedPlan } from './definition';

const FILES = import.meta.glob<NamedPlan>('./*/plan.ts', { import: 'default', eager: true });

/** Every named plan by id. A new folder beside this file adds one. */
export const namedPlans: ReadonlyMap<string, NamedPlan> = new Map(
  Object.values(FILES).map((plan) => [plan.id, plan]),
);
