import { datasets } from '../../data/catalogue';
import type { Task } from '../plan/presets';
import { headData } from './headData';
import type { TrainFields } from './parameters';

/** The defaults of a training plan. */
export type TrainDefaults = Required<
  Pick<
    TrainFields,
    'data' | 'evaluation' | 'steps' | 'batch' | 'learning-rate' | 'warmup' | 'distil' | 'scope' | 'fresh'
  >
> &
  Pick<TrainFields, 'micro-batch' | 'length' | 'windows' | 'context' | 'images'>;

const LANGUAGE: TrainDefaults = {
  data: 'tinystories-training',
  evaluation: 'tinystories',
  steps: 60,
  batch: 4,
  length: 256,
  'learning-rate': 1e-3,
  warmup: 10,
  distil: 0,
  scope: 'linear',
  fresh: false,
  windows: 64,
  context: 256,
};

/** A window holds some problems; the model has a context of 128 tokens. */
const SKILLS: TrainDefaults = {
  ...LANGUAGE,
  data: 'skills-training',
  evaluation: 'skills',
  batch: 8,
  length: 128,
  context: 128,
};

/** Since there are few images, the answers of the float model teach more than the labels alone. */
const IMAGES: TrainDefaults = {
  data: 'cifar-10-training',
  evaluation: 'cifar-10',
  steps: 100,
  batch: 32,
  'micro-batch': 32,
  'learning-rate': 3e-4,
  warmup: 10,
  distil: 0.9,
  scope: 'linear',
  fresh: false,
  images: 1000,
};

/** Three epochs of the images that ship, for a model whose only matrix is the classifier. */
const TINY: TrainDefaults = {
  ...IMAGES,
  data: 'fashion-mnist-training',
  evaluation: 'fashion-mnist',
  steps: 844,
  batch: 64,
  'micro-batch': 64,
  'learning-rate': 2e-3,
  warmup: 20,
  distil: 0,
  scope: 'all',
  fresh: true,
  images: 10_000,
};

const BY_TASK: Readonly<Record<Task, TrainDefaults>> = {
  'language-model': LANGUAGE,
  'image-classification': IMAGES,
};

const BY_MODEL: ReadonlyMap<string, TrainDefaults> = new Map([
  ['tiny-classifier', TINY],
  ['skills', SKILLS],
]);

/**
 * Returns the defaults for a model.
 * @param model an embedded model's name, or a folder
 * @param head the data set of a new classifier, which is trained and measured on it
 */
export function trainDefaults(model: string, task: Task, head?: string): TrainDefaults {
  const defaults = BY_MODEL.get(model) ?? BY_TASK[task];
  if (head === undefined) return defaults;
  const { classes } = headData(head);
  const data = datasets.find((set) => set.use === 'training' && set.classes === classes)!.id;
  return { ...defaults, data, evaluation: head, fresh: false };
}
