import { describeError } from '../../base/errors';
import type { CodecSpec, OptionValue } from '../../codecs/contract/meta';
import { codecMetas, needsBase } from '../../codecs/contract/registry';
import { completeOptions, formatCodec } from '../../codecs/contract/spec';
import type { Plan } from '../../lab/plan/plan';
import { fieldsOfPlan, type PlanNames } from '../../lab/plan/build';
import { PLAN_KEYS, PLAN_PARAMETERS } from '../../lab/plan/parameters';
import type { PlanKey, PlanParameter } from '../../lab/plan/parameters';
import { planFromQuery, planToQuery } from '../../lab/plan/text';
import type { PresetName } from '../../lab/plan/presets';

/** The plan parameters that have a field in the editor. */
export type FieldKey = Exclude<PlanKey, 'model' | 'codec' | 'file' | 'preset'>;

const OTHER_KEYS: readonly PlanKey[] = ['model', 'codec', 'file', 'preset'];
const FIELD_KEYS = PLAN_KEYS.filter((key): key is FieldKey => !OTHER_KEYS.includes(key));

/** A codec in the editor, whose values may be invalid while they are typed. */
export interface CodecDraft {
  key: number;
  id: string;
  options: Readonly<Record<string, OptionValue>>;
  inner?: CodecDraft;
}

/** The plan in the editor: texts, which the parser of addresses checks. */
export interface PlanDraft {
  model: string;
  preset: PresetName;
  codecs: readonly CodecDraft[];
  fields: Readonly<Partial<Record<FieldKey, string>>>;
}

/** What is wrong with an input, and how to correct it. */
export interface Problem {
  message: string;
  remedy: string;
}

/** Returns the preset's plan for a model. */
export function presetPlan(model: string, preset: PresetName, names: PlanNames): Plan {
  return planFromQuery(new URLSearchParams({ model, preset }), names).plan;
}

/** Returns a plan as texts for the editor. */
export function draftOf(plan: Plan, preset: PresetName, names: PlanNames): PlanDraft {
  const fields = fieldsOfPlan(plan, names);
  const texts = FIELD_KEYS.flatMap((key): [FieldKey, string][] => {
    const value = fields[key];
    return value === undefined ? [] : [[key, (PLAN_PARAMETERS[key] as PlanParameter<unknown>).format(value)]];
  });
  return {
    model: plan.model,
    preset,
    codecs: plan.codecs.map((spec, i) => codecDraft(spec, i + 1)),
    fields: Object.fromEntries(texts),
  };
}

/** Returns a codec for the editor. */
export function codecDraft(spec: CodecSpec, key: number): CodecDraft {
  return {
    key,
    id: spec.id,
    options: spec.options,
    ...(spec.inner && { inner: codecDraft(spec.inner, key) }),
  };
}

/** The codec inside a new wrapper; every wrapper accepts plain rounding. */
const DEFAULT_INNER = 'rtn';

/** Returns a codec with its default options. */
export function newCodec(id: string, key: number): CodecDraft {
  const meta = codecMetas.get(id)!;
  return {
    key,
    id,
    options: completeOptions(meta, {}),
    ...(meta.wraps && { inner: newCodec(DEFAULT_INNER, key) }),
  };
}

/** Returns the fields that apply to the model's task. */
export function fieldsFor(model: string, names: PlanNames): FieldKey[] {
  const { task } = names.model(model);
  return FIELD_KEYS.filter((key) => (PLAN_PARAMETERS[key].only ?? task) === task);
}

/** Returns what is wrong with one field on its own. */
export function fieldProblem(key: FieldKey, text: string): Problem | undefined {
  if (text === '') return undefined;
  return problemOf(() => PLAN_PARAMETERS[key].parse(text, key));
}

/** Returns what is wrong with a codec's options. */
export function codecProblem(draft: CodecDraft): Problem | undefined {
  const meta = codecMetas.get(draft.id);
  const own = meta && problemOf(() => completeOptions(meta, draft.options));
  return own ?? (draft.inner && codecProblem(draft.inner));
}

/** Parses the draft as a plan, or returns what is wrong with it. */
export function planOfDraft(draft: PlanDraft, names: PlanNames): { plan: Plan } | { problem: Problem } {
  const query = new URLSearchParams({ model: draft.model, preset: draft.preset });
  query.set('codec', draft.codecs.map(formatCodec).join(';'));
  for (const key of fieldsFor(draft.model, names)) {
    if (key === 'base' && !draft.codecs.some(needsBase)) continue;
    if (key === 'task-examples' && !draft.fields.tasks) continue;
    const text = draft.fields[key]?.trim();
    if (text) query.set(key, text);
  }
  let plan: Plan | undefined;
  const problem = problemOf(() => (plan = planFromQuery(query, names).plan));
  return problem ? { problem } : { plan: plan! };
}

/** Whether the plan equals its preset, so that its address needs only model and preset. */
export function isPreset(plan: Plan, preset: PresetName, names: PlanNames): boolean {
  const presetOnly = presetPlan(plan.model, preset, names);
  return planToQuery(plan, preset, names) === planToQuery(presetOnly, preset, names);
}

/** Returns the page's relative address for a plan: "?model=…" or "./" for the default plan. */
export function permalink(plan: Plan, preset: PresetName, names: PlanNames): string {
  const query = planToQuery(plan, preset, names);
  return query ? `?${query}` : './';
}

/** Returns the error that `work` throws, or undefined if it succeeds. */
export function problemOf(work: () => unknown): Problem | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    const { message, remedy } = describeError(error);
    return { message, remedy };
  }
}
