import { createStore } from 'zustand/vanilla';
import type { Plan } from '../../lab/plan/plan';
import type { PlanNames } from '../../lab/plan/build';
import type { PresetName } from '../../lab/plan/presets';
import { draftOf, isPreset, newCodec, planOfDraft, presetPlan } from '../plan/draft';
import type { CodecDraft, FieldKey, PlanDraft, Problem } from '../plan/draft';

/** The plan that the user edits. What the curve shows carries its own settings in its records. */
export interface PlanState {
  draft: PlanDraft;
  /** The last valid plan of the draft. */
  plan: Plan;
  problem: Problem | null;
  /** Whether the plan differs from its preset. */
  custom: boolean;
  /** Expected duration of `plan` on this device in milliseconds; null until the worker has answered. */
  estimateMs: number | null;
}

/** Creates the store. @param names resolves the names of this page, including models that are looked up later */
export function createPlanStore(plan: Plan, preset: PresetName, names: PlanNames) {
  const first = fromDraft(draftOf(plan, preset, names), plan, names);
  return Object.assign(
    createStore<PlanState>(() => ({ ...first, estimateMs: null })),
    { names },
  );
}

export type PlanStore = ReturnType<typeof createPlanStore>;

/** Checks a draft. If it is invalid, the last valid plan is kept beside the problem. */
function fromDraft(draft: PlanDraft, last: Plan, names: PlanNames): Omit<PlanState, 'estimateMs'> {
  const parsed = planOfDraft(draft, names);
  const plan = 'plan' in parsed ? parsed.plan : last;
  const problem = 'problem' in parsed ? parsed.problem : null;
  return { draft, plan, problem, custom: problem !== null || !isPreset(plan, draft.preset, names) };
}

function edit(store: PlanStore, change: (draft: PlanDraft) => PlanDraft): void {
  store.setState((s) => ({ ...fromDraft(change(s.draft), s.plan, store.names), estimateMs: null }));
}

/** Chooses another model with its own preset. A customised list of codecs is kept, since codecs fit every model. */
export function choosePlanModel(store: PlanStore, model: string): void {
  edit(store, (draft) => {
    const fresh = presetDraft(store, model, draft.preset);
    return store.getState().custom ? { ...fresh, codecs: draft.codecs } : fresh;
  });
}

/** Replaces the plan by a preset for the same model. */
export function choosePreset(store: PlanStore, preset: PresetName): void {
  edit(store, ({ model }) => presetDraft(store, model, preset));
}

function presetDraft({ names }: PlanStore, model: string, preset: PresetName): PlanDraft {
  return draftOf(presetPlan(model, preset, names), preset, names);
}

/** Replaces the whole plan. */
export function setPlan(store: PlanStore, plan: Plan, preset: PresetName): void {
  edit(store, () => draftOf(plan, preset, store.names));
}

/** Sets the text of a field. */
export function setField(store: PlanStore, key: FieldKey, text: string): void {
  edit(store, (draft) => ({ ...draft, fields: dependent(key, text, { ...draft.fields, [key]: text }) }));
}

/** Clears the fields that this one hides, so that they cannot make the plan invalid. */
function dependent(key: FieldKey, text: string, fields: PlanDraft['fields']): PlanDraft['fields'] {
  if (key === 'protocol' && text !== 'sliding') return { ...fields, stride: '' };
  if (key === 'calibration' && text === 'none') return { ...fields, 'calibration-windows': '', draws: '' };
  return fields;
}

export function addCodec(store: PlanStore, id: string): void {
  edit(store, (draft) => ({ ...draft, codecs: [...draft.codecs, newCodec(id, nextKey(draft))] }));
}

export function removeCodec(store: PlanStore, key: number): void {
  edit(store, (draft) => ({ ...draft, codecs: draft.codecs.filter((c) => c.key !== key) }));
}

export function replaceCodec(store: PlanStore, codec: CodecDraft): void {
  edit(store, (draft) => ({ ...draft, codecs: draft.codecs.map((c) => (c.key === codec.key ? codec : c)) }));
}

function nextKey(draft: PlanDraft): number {
  return 1 + Math.max(0, ...draft.codecs.map((c) => c.key));
}
