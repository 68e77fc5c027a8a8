import { dataset, datasets, type Dataset } from '../../data/catalogue';
import { EMBEDDED_NAMES, type PlanNames } from '../../lab/plan/build';
import { EMBEDDED_MODELS, TRAINING_MODELS, type Task } from '../../lab/plan/presets';
import { buildTrainPlan } from '../../lab/train/build';
import { trainDefaults } from '../../lab/train/defaults';
import {
  readTrainFields,
  TRAIN_KEYS,
  TRAIN_PARAMETERS,
  type TrainFields,
  type TrainKey,
} from '../../lab/train/parameters';
import type { TrainPlan } from '../../lab/train/plan';
import { embeddedModel } from '../../models/embedded';
import type { PlanParameter } from '../../lab/plan/parameters';
import { problemOf, type Problem } from '../plan/draft';

/** Settings as typed, by parameter. */
export type TrainTexts = Readonly<Record<string, string>>;

/** Resolves the names of embedded models, including those made for training, and of embedded data. */
const PAGE_NAMES: PlanNames = {
  model(name) {
    const task = TRAINING_MODELS.get(name);
    return task ? { id: name, task } : EMBEDDED_NAMES.model(name);
  },
  data: (name) => EMBEDDED_NAMES.data(name),
};

/** The models that can be trained in the page, in the order of the menu. */
export const TRAINABLE: readonly string[] = [...EMBEDDED_MODELS.keys(), ...TRAINING_MODELS.keys()];

export type FormKey = Exclude<TrainKey, 'model'>;

/** The settings that are changed most often; the others are collapsed. */
export const MAIN_KEYS: readonly FormKey[] = ['qat', 'steps', 'learning-rate', 'distil', 'seed'];

/** Parameters that apply only to quantisation-aware training. */
const QAT_KEYS: ReadonlySet<FormKey> = new Set(['rule', 'group', 'estimator', 'scale', 'stochastic']);
/** Parameters that apply only to the rule t81. */
const THRESHOLD_KEYS: ReadonlySet<FormKey> = new Set(['threshold', 'threshold-warmup']);

function taskOf(model: string): Task {
  return PAGE_NAMES.model(model).task;
}

/** Returns the parameters that apply to this model with these settings, in the order of the form. */
export function keysFor(model: string, texts: TrainTexts): FormKey[] {
  const task = taskOf(model);
  const rounds = texts.qat !== 'none';
  const distils = Number(texts.distil || trainDefaults(model, task).distil) > 0;
  const applies = (key: FormKey): boolean => {
    if ((TRAIN_PARAMETERS[key].only ?? task) !== task) return false;
    if (QAT_KEYS.has(key)) return rounds;
    if (THRESHOLD_KEYS.has(key)) return rounds && texts.rule === 't81';
    return key !== 'temperature' || distils;
  };
  return TRAIN_KEYS.filter((key): key is FormKey => key !== 'model' && applies(key));
}

/** Returns the default of each parameter, which depends on the other settings as long as they are valid. */
export function defaultTexts(model: string, texts: TrainTexts): Readonly<Partial<Record<FormKey, string>>> {
  const found = planOfTexts(model, texts);
  const plan = 'plan' in found ? found.plan : buildTrainPlan({ model }, PAGE_NAMES);
  const { stages, measure, data, augment, head = 'none' } = plan;
  const options = (stages.qat ?? stages.control ?? stages.head ?? stages.fresh)!;
  const { qat, distillation, microBatch, clipNorm, learningRate, weightDecay, ...own } = options;
  const { threshold, ...rounding } = qat ?? {};
  const { protocol, images, scope, rest, seed } = measure;
  const values: { [K in FormKey]?: TrainFields[K] } = {
    ...{ steps: own.steps, batch: own.batch, length: own.length, warmup: own.warmup, schedule: own.schedule },
    ...{ 'micro-batch': microBatch, clip: clipNorm },
    ...{ 'learning-rate': learningRate, 'weight-decay': weightDecay },
    ...{ distil: distillation?.weight ?? 0, temperature: distillation?.temperature },
    ...{ ...rounding, threshold: threshold?.target, 'threshold-warmup': threshold?.warmup },
    ...{ qat: qat ? 'ternary' : 'none', fresh: Boolean(stages.fresh), control: Boolean(stages.control) },
    ...{ data, augment, head, evaluation: measure.data },
    ...{ windows: protocol.windows ?? 'all', context: protocol.context, images, scope, rest, seed },
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      const { format } = TRAIN_PARAMETERS[key as FormKey] as PlanParameter<unknown>;
      return value === undefined ? [] : [[key, format(value)]];
    }),
  );
}

/**
 * Returns the choices of a menu, or undefined for a text field. Data sets are those of the right use that the model
 * can read.
 */
export function trainChoices(model: string, key: FormKey): readonly string[] | undefined {
  if (key !== 'data' && key !== 'evaluation') return TRAIN_PARAMETERS[key].values;
  const use = key === 'data' ? 'training' : 'evaluation';
  const own = dataset(embeddedModel(model).data);
  const fits = ({ kind, image }: Dataset) =>
    kind === own.kind && image?.size === own.image?.size && image?.channels === own.image?.channels;
  return datasets.filter((set) => set.use === use && fits(set)).map(({ id }) => id);
}

/** Returns what is wrong with one field on its own. */
export function trainFieldProblem(key: FormKey, text: string): Problem | undefined {
  if (text === '') return undefined;
  return problemOf(() => TRAIN_PARAMETERS[key].parse(text, TRAIN_LABELS[key].label));
}

/** Parses the settings as a plan, or returns what is wrong with them. Hidden fields are ignored. */
export function planOfTexts(model: string, texts: TrainTexts): { plan: TrainPlan } | { problem: Problem } {
  let plan: TrainPlan | undefined;
  const problem = problemOf(() => {
    const given = new Map(keysFor(model, texts).flatMap((key) => (texts[key] ? [[key, texts[key]]] : [])));
    plan = buildTrainPlan({ ...readTrainFields(given), model }, PAGE_NAMES);
  });
  return problem ? { problem } : { plan: plan! };
}

/** Label, unit and glossary term of each parameter. */
export const TRAIN_LABELS: Readonly<Record<FormKey, { label: string; unit?: string; term?: string }>> = {
  qat: { label: 'Quantisation', term: 'qat' },
  data: { label: 'Training data' },
  steps: { label: 'Steps' },
  batch: { label: 'Batch' },
  'micro-batch': { label: 'Micro-batch' },
  length: { label: 'Length', unit: 'tokens' },
  'learning-rate': { label: 'Learning rate', term: 'learning-rate' },
  warmup: { label: 'Warm-up', unit: 'steps' },
  schedule: { label: 'Schedule' },
  'weight-decay': { label: 'Weight decay' },
  clip: { label: 'Max. gradient norm' },
  distil: { label: 'Distillation', unit: '0 = off', term: 'distillation' },
  temperature: { label: 'Temperature', term: 'distillation' },
  rule: { label: 'Scale rule', term: 'ternary-rule' },
  group: { label: 'Group', unit: 'weights', term: 'group' },
  estimator: { label: 'Estimator' },
  scale: { label: 'Scale', term: 'scale' },
  threshold: { label: 'Threshold', term: 'ternary-threshold' },
  'threshold-warmup': { label: 'Threshold warm-up', unit: 'steps' },
  stochastic: { label: 'Stochastic rounding' },
  augment: { label: 'Augment images' },
  fresh: { label: 'From scratch first' },
  head: { label: 'New classifier' },
  control: { label: 'Float32 control' },
  evaluation: { label: 'Evaluation data' },
  windows: { label: 'Windows', term: 'windows' },
  context: { label: 'Context', unit: 'tokens', term: 'context' },
  images: { label: 'Images' },
  scope: { label: 'Scope', term: 'scope' },
  rest: { label: 'Rest', term: 'rest' },
  seed: { label: 'Seed', term: 'seed' },
};
