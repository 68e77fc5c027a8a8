import { GROUP_SIZES, LIMITS, type QatOptions, type TrainOptions } from '../../train/options';
import { HEAD_DATA } from './headData';
import {
  badPlan,
  choice,
  integer,
  name,
  PLAN_PARAMETERS,
  quote,
  type PlanFields,
  type PlanParameter,
} from '../plan/parameters';

/** The parameters that a training plan's author gave, each checked on its own. `buildTrainPlan` fills in the defaults. */
export interface TrainFields extends Pick<
  PlanFields,
  'windows' | 'context' | 'images' | 'scope' | 'rest' | 'seed'
> {
  model?: string;
  data?: string;
  evaluation?: string;
  qat?: 'ternary' | 'none';
  control?: boolean;
  fresh?: boolean;
  head?: string;
  augment?: boolean;
  steps?: number;
  batch?: number;
  'micro-batch'?: number;
  length?: number;
  'learning-rate'?: number;
  warmup?: number;
  schedule?: TrainOptions['schedule'];
  'weight-decay'?: number;
  clip?: number;
  distil?: number;
  temperature?: number;
  rule?: QatOptions['rule'];
  group?: QatOptions['group'];
  estimator?: QatOptions['estimator'];
  scale?: QatOptions['scale'];
  threshold?: number;
  'threshold-warmup'?: number;
  stochastic?: boolean;
}

export type TrainKey = keyof TrainFields;

const [smallest, ...larger] = GROUP_SIZES.map(String);
const GROUP_WORDS: [string, ...string[]] = [smallest, ...larger, 'row'];

/** Every parameter of a training plan, in the order of the help. */
export const TRAIN_PARAMETERS: {
  readonly [K in TrainKey]-?: PlanParameter<NonNullable<TrainFields[K]>>;
} = {
  model: {
    ...name(
      'NAME',
      'gpt2-tinystories, stories260K, vit-cifar10, tiny-classifier, a model of the hub as owner/name, or a folder in its layout',
    ),
    fallback: 'none',
  },
  qat: choice(
    ['ternary', 'none'],
    'train with ternary weights (quantisation-aware training), or only in float32',
  ),
  data: {
    ...name(
      'NAME',
      'training set, file, or folder with the IDX files of Fashion-MNIST; never the evaluation data',
    ),
    fallback: 'the embedded training set of the model',
  },
  steps: {
    ...integer(...LIMITS.steps, 'steps of the optimiser, also of the control'),
    fallback: 'by model',
  },
  batch: { ...integer(...LIMITS.batch, 'sequences or images per step'), fallback: 'by model' },
  'micro-batch': {
    ...integer(...LIMITS.batch, 'sequences or images on the GPU at a time; must divide the batch'),
    fallback: 'by model',
  },
  length: {
    ...integer(...LIMITS.length, 'tokens per training sequence'),
    fallback: '256',
    only: 'language-model',
  },
  'learning-rate': {
    ...real(...LIMITS.learningRate, 'maximum learning rate of AdamW'),
    fallback: 'by model',
  },
  warmup: {
    ...integer(...LIMITS.warmup, 'steps during which the learning rate rises'),
    fallback: 'by model',
  },
  schedule: choice(['cosine', 'linear', 'constant'], 'decay of the learning rate after the warm-up'),
  'weight-decay': { ...real(...LIMITS.weightDecay, 'decoupled weight decay of the matrices'), fallback: '0' },
  clip: { ...real(...LIMITS.clipNorm, 'maximum norm of the whole gradient'), fallback: '1' },
  distil: {
    ...real(0, 1, 'weight of distillation from the float model in the loss; 0 is off'),
    fallback: 'by model',
  },
  temperature: { ...real(...LIMITS.temperature, 'temperature of distillation'), fallback: '1' },
  rule: choice(['optimal', 'absmean', 'twn', 't81'], 'rule for scale and threshold of a group'),
  group: {
    value: GROUP_WORDS.join('|'),
    values: GROUP_WORDS,
    help: 'weights that share a scale',
    fallback: '64',
    parse: groupSize,
    format: String,
  },
  estimator: choice(
    ['identity', 'clipped', 'box'],
    'weights to which the straight-through estimator passes the gradient',
  ),
  scale: choice(['statistic', 'learned'], 'scales computed from the weights in each step, or learned (LSQ)'),
  threshold: {
    ...real(...LIMITS.threshold, 'rule t81: threshold relative to the largest weight, from 0.05 to 1'),
    fallback: '0.44',
  },
  'threshold-warmup': {
    ...integer(...LIMITS.warmup, 'rule t81: steps during which the threshold falls from 1'),
    fallback: '100, at most half the steps',
  },
  stochastic: { ...onOff('stochastic rounding during training'), fallback: 'off' },
  augment: {
    ...onOff('flip and shift training images'),
    fallback: 'off',
    only: 'image-classification',
  },
  fresh: { ...onOff('train a float32 model from random weights first'), fallback: 'by model' },
  head: {
    ...choice<string>(
      ['none', ...HEAD_DATA],
      'first give the model a new classifier for the classes of this data set, and train it in float32',
    ),
    only: 'image-classification',
  },
  control: { ...onOff('also train the same steps in float32'), fallback: 'on' },
  evaluation: { ...name('NAME', 'data set for the evaluation'), fallback: 'the model’s evaluation set' },
  windows: { ...PLAN_PARAMETERS.windows, fallback: '64' },
  context: { ...PLAN_PARAMETERS.context, fallback: '256' },
  images: { ...PLAN_PARAMETERS.images, fallback: 'by model' },
  scope: { ...PLAN_PARAMETERS.scope, fallback: 'linear; all for tiny-classifier' },
  rest: PLAN_PARAMETERS.rest,
  seed: PLAN_PARAMETERS.seed,
};

export const TRAIN_KEYS = Object.keys(TRAIN_PARAMETERS) as readonly TrainKey[];

export function isTrainKey(key: string): key is TrainKey {
  return Object.hasOwn(TRAIN_PARAMETERS, key);
}

/**
 * Reads values by name, as a command line or a form gives them.
 * @param spelled how the author wrote a name, e.g. `--steps`
 * @throws LabError bad-plan naming the value and what it may be
 */
export function readTrainFields(
  given: ReadonlyMap<string, string>,
  spelled: (key: string) => string = (key) => key,
): TrainFields {
  const fields: Record<string, unknown> = {};
  for (const [key, text] of given) {
    if (!isTrainKey(key))
      throw badPlan(
        `Training has no parameter ${quote(spelled(key))}.`,
        `Known: ${TRAIN_KEYS.map(spelled).join(', ')}.`,
      );
    fields[key] = TRAIN_PARAMETERS[key].parse(text, spelled(key));
  }
  return fields;
}

function real(min: number, max: number, help: string): Omit<PlanParameter<number>, 'fallback'> {
  return {
    value: 'X',
    help,
    parse: (text, spelled) => {
      const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i.test(text) ? Number(text) : NaN;
      if (number >= min && number <= max) return number;
      throw badPlan(`${spelled} cannot be ${quote(text)}.`, `Write a number from ${min} to ${max}.`);
    },
    format: String,
  };
}

function onOff(help: string): Omit<PlanParameter<boolean>, 'fallback'> {
  const { value, values, parse } = choice(['on', 'off'], help);
  return {
    ...{ value, values, help },
    parse: (text, spelled) => parse(text, spelled) === 'on',
    format: (on) => (on ? 'on' : 'off'),
  };
}

function groupSize(text: string, spelled: string): QatOptions['group'] {
  const words = choice(GROUP_WORDS, '').parse(text, spelled);
  return words === 'row' ? words : Number(words);
}
