import { datasets } from '../../data/catalogue';
import { LabError } from '../../base/errors';
import { quoted } from '../../base/shown';
import type { MeasuredTask, ModelShape } from '../../models/architecture';
import { embeddedModels, trainingModels } from '../../models/embedded';

export type Task = MeasuredTask;

/**
 * Returns the task of a model that a plan measures.
 * @throws LabError bad-plan for a diffusion model, which no data set measures
 */
export function measuredTask(name: string, task: ModelShape['task']): Task {
  if (task !== 'image-diffusion') return task;
  throw new LabError(
    'bad-plan',
    `${quoted(name)} is a diffusion model, which generates images; perplexity and accuracy are not defined for it.`,
    'Generate images with it and with codecs: npm run images -- --model NAME --codec SPEC.',
  );
}

export type PresetName = 'default' | 'quick';

/** The defaults of a preset. */
export interface Preset {
  windows: number;
  images: number;
  calibrationWindows: number;
  /** Examples of each task. */
  taskExamples: number;
  verdict: boolean;
}

/** `default` has enough windows for a verdict (30 clusters); `quick` gives a curve in well under a minute. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  default: { windows: 32, images: 256, calibrationWindows: 32, taskExamples: 200, verdict: true },
  quick: { windows: 8, images: 32, calibrationWindows: 8, taskExamples: 32, verdict: false },
};

/** Tasks of the models that ship with the page, in the order of the menu. A bare URL runs the first. */
export const EMBEDDED_MODELS: ReadonlyMap<string, Task> = new Map(
  embeddedModels.map(({ id, task }) => [id, task]),
);

/** Tasks of the models that ship for training. */
export const TRAINING_MODELS: ReadonlyMap<string, Task> = new Map(
  trainingModels.map(({ id, task }) => [id, task]),
);

/** Data sets that ship with the page and the task each measures. */
export const EMBEDDED_DATA: ReadonlyMap<string, Task> = new Map(
  datasets
    .filter(({ kind }) => kind !== 'examples')
    .map(({ id, kind }) => [id, kind === 'text' ? 'language-model' : 'image-classification']),
);

/** Data sets that ship with the page as examples of tasks. */
export const TASK_DATA: ReadonlySet<string> = new Set(
  datasets.filter(({ kind }) => kind === 'examples').map(({ id }) => id),
);

/** The data sets for calibrated codecs. */
export const CALIBRATION_DATA: ReadonlySet<string> = new Set(
  datasets.filter(({ use }) => use === 'calibration').map(({ id }) => id),
);

export const DEFAULT_DATA: Readonly<Record<Task, string>> = {
  'language-model': 'tinystories',
  'image-classification': 'cifar-10',
};

/**
 * Tasks of the models that commands run if none is named: those that are measured on the usual data of their task. Others, such as the
 * one that was trained on two skills, have plans of their own.
 */
export const SWEPT_MODELS: ReadonlyMap<string, Task> = new Map(
  embeddedModels.flatMap(({ id, task, data }) => (data === DEFAULT_DATA[task] ? [[id, task]] : [])),
);

/** The default data for calibrated codecs, by task. */
export const DEFAULT_CALIBRATION: Readonly<Record<Task, string>> = {
  'language-model': 'tinystories-calibration',
  'image-classification': 'cifar-10-calibration',
};

export const DEFAULT_CONTEXT = 128;
export const DEFAULT_SEED = 1;

/**
 * The first curve a visitor sees: from no visible loss (16 and 8 bits) over the knee (4 and 3 bits, uniform and
 * non-uniform at like sizes) to where plain rounding breaks (2 bits, ternary).
 */
export const DEFAULT_CODECS = [
  'float16',
  'rtn(bits=8,group=row)',
  'int8-outlier-columns',
  'rtn(bits=4,group=32)',
  'nf4',
  'rtn(bits=3,group=32)',
  'rtn(bits=2,group=32)',
  'ternary',
].join(';');
