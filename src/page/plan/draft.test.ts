import { describe, expect, it } from 'vitest';
import { EMBEDDED_NAMES } from '../../lab/plan/build';
import { planFromQuery } from '../../lab/plan/text';
import {
  addCodec,
  choosePlanModel,
  choosePreset,
  createPlanStore,
  removeCodec,
  replaceCodec,
  setField,
} from '../store/plan';
import {
  codecProblem,
  draftOf,
  fieldProblem,
  fieldsFor,
  newCodec,
  permalink,
  planOfDraft,
  presetPlan,
} from './draft';

const store = () =>
  createPlanStore(presetPlan('stories260K', 'default', EMBEDDED_NAMES), 'default', EMBEDDED_NAMES);

describe('draft and address represent the same plan', () => {
  it.each([
    'model=gpt2-tinystories&preset=quick',
    'codec=rtn(bits=3,group=64);nf4&protocol=sliding&context=64&stride=16&windows=all&seed=7',
    'model=vit-cifar10&images=100&scope=all&rest=float32&verdict=off',
  ])('%s', (query) => {
    const { plan, preset } = planFromQuery(new URLSearchParams(query));
    expect(planOfDraft(draftOf(plan, preset, EMBEDDED_NAMES), EMBEDDED_NAMES)).toEqual({ plan });
    const link = permalink(plan, preset, EMBEDDED_NAMES);
    expect(planFromQuery(new URLSearchParams(link.slice(1))).plan).toEqual(plan);
  });

  it('the address of the default plan has no query', () =>
    expect(permalink(presetPlan('stories260K', 'default', EMBEDDED_NAMES), 'default', EMBEDDED_NAMES)).toBe(
      './',
    ));
});

describe('the editor', () => {
  it('shows the fields that apply to the task', () => {
    expect(fieldsFor('vit-cifar10', EMBEDDED_NAMES)).not.toContain('context');
    expect(fieldsFor('stories260K', EMBEDDED_NAMES)).not.toContain('images');
  });

  it('checks a field by the rules of the address', () => {
    expect(fieldProblem('context', '0')?.message).toMatch(/out of range/);
    expect(fieldProblem('windows', 'all')).toBeUndefined();
    expect(
      codecProblem({ ...newCodec('rtn', 1), options: { ...newCodec('rtn', 1).options, bits: 9 } })?.message,
    ).toMatch(/bits=9/);
  });

  it('keeps the last valid plan while the draft is invalid', () => {
    const plans = store();
    setField(plans, 'context', '1');
    expect(plans.getState()).toMatchObject({ custom: true, plan: { protocol: { context: 128 } } });
    expect(plans.getState().problem).not.toBeNull();
    setField(plans, 'context', '64');
    expect(plans.getState()).toMatchObject({
      problem: null,
      custom: true,
      plan: { protocol: { context: 64 } },
    });
  });

  it('clears the stride when the protocol is set back to windows', () => {
    const plans = store();
    setField(plans, 'protocol', 'sliding');
    setField(plans, 'stride', '32');
    setField(plans, 'protocol', 'windows');
    expect(plans.getState().problem).toBeNull();
  });

  it('leaves the number of examples out without a task', () => {
    const draft = draftOf(presetPlan('stories260K', 'default', EMBEDDED_NAMES), 'default', EMBEDDED_NAMES);
    const planned = (fields: object) => planOfDraft({ ...draft, fields }, EMBEDDED_NAMES);
    expect(planned({ tasks: '', 'task-examples': '8' })).toHaveProperty('plan');
    expect(planned({ tasks: 'lambada', 'task-examples': '8' })).toMatchObject({ plan: { taskExamples: 8 } });
  });

  it('adds, changes and removes codecs, and refuses one that is given twice', () => {
    const plans = store();
    const before = plans.getState().plan.codecs.length;
    addCodec(plans, 'nf4');
    expect(plans.getState().problem?.message).toMatch(/twice/);
    const added = plans.getState().draft.codecs.at(-1)!;
    replaceCodec(plans, { ...added, options: { ...added.options, block: '128' } });
    expect(plans.getState().plan.codecs).toHaveLength(before + 1);
    removeCodec(plans, added.key);
    expect(plans.getState()).toMatchObject({ custom: false, problem: null });
  });

  it('keeps a customised list of codecs for another model, and resets it with a preset', () => {
    const plans = store();
    removeCodec(plans, plans.getState().draft.codecs[0].key);
    const kept = plans.getState().plan.codecs.length;
    choosePlanModel(plans, 'vit-cifar10');
    expect(plans.getState().plan).toMatchObject({ model: 'vit-cifar10', data: 'cifar-10' });
    expect(plans.getState().plan.codecs).toHaveLength(kept);
    choosePreset(plans, 'quick');
    expect(plans.getState()).toMatchObject({ custom: false, plan: { images: 32, verdict: false } });
  });
});
