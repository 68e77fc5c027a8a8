import { LabError } from '../../base/errors';
import type { CodecSpec } from '../../codecs/contract/meta';
import { formatCodec, parseCodecs } from '../../codecs/contract/spec';
import { parseTaskSpec, taskSpellings } from '../tasks/contract/spec';
import type { Plan } from './plan';
import { DEFAULT_CONTEXT, DEFAULT_SEED, PRESETS, type PresetName, type Task } from './presets';

/** The parameters that a plan's author gave, each checked on its own. `buildPlan` fills in the defaults. */
export interface PlanFields {
  model?: string;
  codec?: readonly CodecSpec[];
  file?: readonly string[];
  /** The model that was fine-tuned, for deltas. */
  base?: string;
  data?: string;
  protocol?: Plan['protocol']['kind'];
  context?: number;
  stride?: number;
  windows?: number | 'all';
  images?: number;
  scope?: Plan['scope'];
  rest?: Plan['rest'];
  metrics?: Plan['metrics'];
  /** Tokens that are timed one by one. */
  latency?: number | 'off';
  tasks?: readonly string[];
  'task-examples'?: number | 'all';
  /** Data set, file, or `none`. */
  calibration?: string;
  'calibration-windows'?: number;
  draws?: number;
  verdict?: boolean;
  seed?: number;
  /** Bytes. */
  memory?: number;
  preset?: PresetName;
}

export type PlanKey = keyof PlanFields;

/** One parameter, the same in a URL (`key=`), on the command line (`--key`) and in a JSON file (`"key":`). */
export interface PlanParameter<T> {
  /** Placeholder of the value in the help, e.g. `N`. */
  value: string;
  help: string;
  /** The default, as the help shows it. It may depend on model and preset. */
  fallback: string;
  /** Allowed words, for menus and the help. */
  values?: readonly string[];
  /** The smallest and the largest number. */
  range?: readonly [min: number, max: number];
  /** The only task that the parameter applies to. Giving it for another task is an error. */
  only?: Task;
  repeatable?: true;
  /** @throws LabError bad-plan; `name` is how the author spelled the parameter */
  parse: (text: string, name: string) => T;
  format: (value: T) => string;
}

const MAX_CODECS = 256;
const MAX_FILES = 64;
const MAX_TASKS = 32;
const MAX_CONTEXT = 32_768;
const MAX_COUNT = 1_000_000;
const MAX_NAME = 4096;
const MAX_CALIBRATION = 4096;
const MAX_DRAWS = 16;
/** Fewer tokens say too little about the 95th percentile. */
const MIN_LATENCY = 100;
const MAX_LATENCY = 100_000;
const MAX_SEED = 2 ** 32 - 1;
const MAX_MEMORY = 2 ** 50;
/** Units of sizes, the largest first, and their bytes. */
const UNITS: readonly (readonly [unit: string, bytes: number])[] = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
  ['B', 1],
];

/** Every parameter of a plan, in the order of the help. Names, ranges and words are defined here alone. */
export const PLAN_PARAMETERS: { readonly [K in PlanKey]-?: PlanParameter<NonNullable<PlanFields[K]>> } = {
  model: {
    ...name(
      'NAME',
      'embedded model, a model of the hub as owner/name, or (command line) a folder in its layout',
    ),
    fallback: 'stories260K; the command line runs every embedded model',
  },
  codec: {
    value: 'SPEC',
    help: 'codec with options, e.g. "rtn(bits=4,group=32)"; several joined by ";"',
    fallback: 'a set of eight from 16 bits to ternary',
    repeatable: true,
    parse: codecs,
    format: (specs) => specs.map(formatCodec).join(';'),
  },
  file: {
    value: 'FILE',
    help: 'a file or folder in which others stored the same model (GGUF, GPTQ, AWQ, ONNX and others), one of the hub as owner/name, or a delta (FILE.delta); several joined by ";"',
    fallback: 'none',
    repeatable: true,
    parse: fileNames,
    format: (files) => files.join(';'),
  },
  base: {
    ...name(
      'NAME',
      'the model that was fine-tuned, for codecs of the difference, as delta(rtn(bits=2)), and for files of deltas (FILE.delta); named as a model is',
    ),
    fallback: 'none',
  },
  data: {
    ...name('NAME', 'tinystories, wikitext-2, wikitext-2-hf, cifar-10 and others, or a file'),
    fallback: 'tinystories, wikitext-2 for models of the hub, or cifar-10 for images',
  },
  protocol: {
    ...choice(
      ['windows', 'sliding', 'llama.cpp'],
      'score non-overlapping windows, sliding windows that score each token once, or, as llama-perplexity does, the second half of non-overlapping windows',
    ),
    only: 'language-model',
  },
  context: {
    ...integer(2, MAX_CONTEXT, 'tokens per window'),
    fallback: String(DEFAULT_CONTEXT),
    only: 'language-model',
  },
  stride: {
    ...integer(1, MAX_CONTEXT, 'step between windows of the sliding protocol, less than the context'),
    fallback: 'half the context',
    only: 'language-model',
  },
  windows: {
    ...countOrAll('maximum number of windows, or the whole text'),
    fallback: `${PRESETS.default.windows}, quick ${PRESETS.quick.windows}`,
    only: 'language-model',
  },
  images: {
    ...integer(1, MAX_COUNT, 'maximum number of images'),
    fallback: `${PRESETS.default.images}, quick ${PRESETS.quick.images}`,
    only: 'image-classification',
  },
  scope: choice(['linear', 'all'], 'matrices of the blocks, or also embeddings, positions, patches and head'),
  rest: choice(['float16', 'float32', 'bfloat16'], 'float type of the tensors outside the scope'),
  metrics: {
    ...choice(['perplexity', 'all'], 'perplexity only, or also KL divergence, agreement and token accuracy'),
    fallback: 'all',
  },
  latency: {
    value: 'N|off',
    help: 'time N tokens of a generated text, or N images, one by one, for the percentiles of the latency and the decode rate; 400 also bound the 99th percentile',
    fallback: 'off',
    range: [MIN_LATENCY, MAX_LATENCY],
    parse: (text, spelled) => (text === 'off' ? 'off' : wholeNumber(text, MIN_LATENCY, MAX_LATENCY, spelled)),
    format: String,
  },
  tasks: {
    value: 'TASK',
    help: `tasks that each codec is asked, too: ${taskSpellings().join(', ')}; several joined by ","`,
    fallback: 'none',
    only: 'language-model',
    repeatable: true,
    parse: taskNames,
    format: (tasks) => tasks.join(';'),
  },
  'task-examples': {
    ...countOrAll('maximum number of examples of each task, the first of its data'),
    fallback: `${PRESETS.default.taskExamples}, quick ${PRESETS.quick.taskExamples}`,
    only: 'language-model',
  },
  calibration: {
    ...name(
      'NAME|none',
      'data for calibrated codecs: a calibration set or a file; never the evaluation data',
    ),
    fallback: 'tinystories-calibration, or cifar-10-calibration for images',
  },
  'calibration-windows': {
    ...integer(1, MAX_CALIBRATION, 'windows (or images) of calibration data, with the same context'),
    fallback: `${PRESETS.default.calibrationWindows}, quick ${PRESETS.quick.calibrationWindows}`,
  },
  draws: {
    ...integer(
      1,
      MAX_DRAWS,
      'random choices of calibration windows with which each calibrated codec is measured',
    ),
    fallback: '1',
  },
  verdict: {
    value: 'on|off',
    values: ['on', 'off'],
    help: 'compare each codec with the best plain rounding of no more bytes',
    fallback: 'on, quick off',
    parse: (text, spelled) => word(['on', 'off'], text, spelled) === 'on',
    format: (on) => (on ? 'on' : 'off'),
  },
  seed: { ...integer(0, MAX_SEED, 'seed of all random choices'), fallback: String(DEFAULT_SEED) },
  memory: {
    value: 'SIZE',
    help: 'memory for weights and activations, e.g. 3GiB or 800MiB; a model that needs more is measured part by part',
    fallback: 'what the device has',
    parse: memorySize,
    format: (size) => {
      const [unit, scale] = UNITS.find(([, scale]) => size % scale === 0)!;
      return `${size / scale}${unit}`;
    },
  },
  preset: choice(['default', 'quick'], 'defaults for the amount of data'),
};

export const PLAN_KEYS = Object.keys(PLAN_PARAMETERS) as readonly PlanKey[];

export function isPlanKey(key: string): key is PlanKey {
  return Object.hasOwn(PLAN_PARAMETERS, key);
}

export function badPlan(message: string, remedy: string): LabError {
  return new LabError('bad-plan', message, remedy);
}

/** Quotes text of the user inside a sentence, cut to 60 characters and on one line. */
export function quote(text: string): string {
  const line = text.slice(0, 61).replace(/\s/g, ' ');
  return `"${line.length > 60 ? `${line.slice(0, 60)}…` : line}"`;
}

export function name(value: string, help: string): Omit<PlanParameter<string>, 'fallback'> {
  return {
    value,
    help,
    parse: (text, spelled) => {
      if (text.trim() === '')
        throw badPlan(`${spelled} is empty.`, `Give ${spelled} a value or leave it out.`);
      if (text.length > MAX_NAME)
        throw badPlan(`${spelled} is longer than ${MAX_NAME} characters.`, 'Use a shorter one.');
      return text;
    },
    format: (text) => text,
  };
}

function codecs(text: string, spelled: string): readonly CodecSpec[] {
  const specs = parseCodecs(text);
  if (specs.length > MAX_CODECS)
    throw badPlan(`${spelled} names ${specs.length} codecs.`, `At most ${MAX_CODECS} fit in one plan.`);
  return specs;
}

function fileNames(text: string, spelled: string): readonly string[] {
  const files = text.split(';').map((file) => file.trim());
  if (files.includes('')) throw badPlan(`${spelled} has an empty name.`, 'Leave it out, or name a file.');
  if (files.length > MAX_FILES)
    throw badPlan(`${spelled} names ${files.length} files.`, `At most ${MAX_FILES} fit in one plan.`);
  return files;
}

export function choice<T extends string>(values: readonly [T, ...T[]], help: string): PlanParameter<T> {
  return {
    value: values.join('|'),
    values,
    help,
    fallback: values[0],
    parse: (text, spelled) => word(values, text, spelled),
    format: (value) => value,
  };
}

function word<T extends string>(values: readonly T[], text: string, spelled: string): T {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw badPlan(`${spelled} cannot be ${quote(text)}.`, `Write one of: ${values.join(', ')}.`);
}

export function integer(min: number, max: number, help: string): Omit<PlanParameter<number>, 'fallback'> {
  return {
    value: 'N',
    help,
    range: [min, max],
    parse: (text, spelled) => wholeNumber(text, min, max, spelled),
    format: String,
  };
}

function wholeNumber(text: string, min: number, max: number, spelled: string): number {
  if (!/^-?\d{1,15}$/.test(text))
    throw badPlan(
      `${spelled} must be a whole number, not ${quote(text)}.`,
      `Write a number from ${min} to ${max}.`,
    );
  const number = Number(text);
  if (number < min || number > max)
    throw badPlan(`${spelled}=${number} is out of range.`, `Allowed: ${min} to ${max}.`);
  return number;
}

/** Parses a size such as `3GiB`, `1.5GiB`, `800MiB` or `65536B` into bytes. */
function memorySize(text: string, spelled: string): number {
  const [, number, unit] = /^(\d{1,15}(?:\.\d{1,6})?)(GiB|MiB|KiB|B)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS.find(([name]) => name === unit)?.[1] ?? NaN));
  if (bytes >= 1 && bytes <= MAX_MEMORY) return bytes;
  throw badPlan(
    `${spelled} cannot be ${quote(text)}.`,
    'Write a size with its unit, such as 3GiB or 800MiB.',
  );
}

function countOrAll(help: string): Omit<PlanParameter<number | 'all'>, 'fallback'> {
  return {
    value: 'N|all',
    help,
    range: [1, MAX_COUNT],
    parse: (text, spelled) => (text === 'all' ? 'all' : wholeNumber(text, 1, MAX_COUNT, spelled)),
    format: String,
  };
}

/** Splits the names of tasks, which commas or semicolons join. */
function taskNames(text: string, spelled: string): readonly string[] {
  const tasks = text.split(/[,;]/).map((task) => task.trim());
  if (tasks.includes('')) throw badPlan(`${spelled} has an empty name.`, 'Leave it out, or name a task.');
  if (tasks.length > MAX_TASKS)
    throw badPlan(`${spelled} names ${tasks.length} tasks.`, `At most ${MAX_TASKS} fit in one plan.`);
  for (const task of tasks) parseTaskSpec(task);
  return tasks;
}
