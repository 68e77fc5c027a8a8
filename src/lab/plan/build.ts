import { needsBase, needsTimesteps } from '../../codecs/contract/registry';
import { formatCodec, parseCodecs } from '../../codecs/contract/spec';
import type { CodecSpec } from '../../codecs/contract/meta';
import { embeddedModels } from '../../models/embedded';
import type { CalibrationPlan, Plan, Protocol } from './plan';
import { badPlan, PLAN_KEYS, PLAN_PARAMETERS, quote, type PlanFields } from './parameters';
import { parseTaskSpec } from '../tasks/contract/spec';
import {
  DEFAULT_CALIBRATION,
  DEFAULT_CODECS,
  DEFAULT_CONTEXT,
  DEFAULT_DATA,
  DEFAULT_SEED,
  EMBEDDED_DATA,
  EMBEDDED_MODELS,
  PRESETS,
  type Preset,
  type Task,
} from './presets';

/** What a plan must know about a model before it is loaded. */
export interface PlanModel {
  id: string;
  task: Task;
  /** The default data set. If absent, it is the default of the task. */
  data?: string;
  /** The default data for calibrated codecs. If absent, it is the default of the task. */
  calibration?: string;
  /** Tokens of the model's context. By default windows are not longer. */
  maxContext?: number;
}

/** Resolves the names in plans. The page knows what it ships, the command line also folders and files. */
export interface PlanNames {
  /** @throws LabError bad-plan for an unknown model */
  model: (name: string) => PlanModel;
  /** `task` is undefined for a file, which goes with any model. @throws LabError bad-plan for unknown data */
  data(name: string): { id: string; task?: Task };
  /**
   * Resolves the name of a file or folder with the same model. If absent, plans cannot name any.
   * @throws LabError bad-plan for an unknown file
   */
  file?(name: string): string;
  /**
   * Resolves the name of a file with examples of a task. If absent, plans cannot name any.
   * @throws LabError bad-plan for an unknown file
   */
  examples?(name: string): string;
}

export const DEFAULT_MODEL = [...EMBEDDED_MODELS.keys()][0];

/** Finds a model that ships with the page, other than those for training. */
export function embeddedPlanModel(name: string): PlanModel | undefined {
  const found = embeddedModels.find(({ id }) => id === name);
  if (!found) return undefined;
  const { id, task, data, calibration } = found;
  return { id, task, data, ...(calibration !== undefined && { calibration }) };
}

/** The data for calibrated codecs unless a plan names others. */
export function defaultCalibration({ task, calibration }: PlanModel): string {
  return calibration ?? DEFAULT_CALIBRATION[task];
}

/** Resolves the names of what ships with the page. */
export const EMBEDDED_NAMES: PlanNames = {
  model(name) {
    known(EMBEDDED_MODELS, name, 'model');
    return embeddedPlanModel(name)!;
  },
  data: (name) => ({ id: name, task: known(EMBEDDED_DATA, name, 'data set') }),
};

function known(list: ReadonlyMap<string, Task>, name: string, what: string): Task {
  const task = list.get(name);
  if (task) return task;
  throw badPlan(`There is no ${what} ${quote(name)}.`, `Known: ${[...list.keys()].join(', ')}.`);
}

/**
 * Fills in defaults and checks the fields against each other; the result is deeply frozen.
 * @throws LabError bad-plan with a sentence
 */
export function buildPlan(fields: PlanFields & { model: string }, names: PlanNames): Plan {
  const model = names.model(fields.model);
  const { id, task } = model;
  refuseOtherTask(fields, id, task);
  const preset = PRESETS[fields.preset ?? 'default'];
  return Object.freeze({
    model: id,
    codecs: codecsOf(fields),
    ...(fields.file && { files: Object.freeze(filesOf(fields.file, names)) }),
    ...baseOf(fields, names),
    data: dataOf(fields.data ?? model.data ?? DEFAULT_DATA[task], names, model),
    protocol: Object.freeze(protocolOf(fields, model, preset)),
    // Parameters that do not apply to a task have one fixed value, so that equal runs are equal plans.
    images: task === 'image-classification' ? (fields.images ?? preset.images) : 0,
    scope: fields.scope ?? 'linear',
    rest: fields.rest ?? 'float16',
    metrics: fields.metrics ?? 'all',
    ...(typeof fields.latency === 'number' && { latency: fields.latency }),
    ...tasksOf(fields, names, preset),
    calibration: Object.freeze(calibrationOf(fields, names, model, preset)),
    verdict: fields.verdict ?? preset.verdict,
    seed: fields.seed ?? DEFAULT_SEED,
    ...(fields.memory !== undefined && { memory: fields.memory }),
  });
}

/** Undoes `buildPlan`: returns every field that applies to the plan's task, defaults included. */
export function fieldsOfPlan(plan: Plan, names: PlanNames): PlanFields {
  const { task } = names.model(plan.model);
  const { kind, context, stride, windows } = plan.protocol;
  const fields: PlanFields = {
    model: plan.model,
    codec: plan.codecs,
    file: plan.files,
    base: plan.base,
    data: plan.data,
    protocol: kind,
    context,
    stride: kind === 'sliding' ? stride : undefined,
    windows: windows ?? 'all',
    images: plan.images,
    scope: plan.scope,
    rest: plan.rest,
    metrics: plan.metrics,
    latency: plan.latency ?? 'off',
    tasks: plan.tasks,
    'task-examples': plan.tasks && (plan.taskExamples ?? 'all'),
    calibration: plan.calibration?.data ?? 'none',
    'calibration-windows': plan.calibration?.windows,
    draws: plan.calibration?.draws,
    verdict: plan.verdict,
    seed: plan.seed,
    memory: plan.memory,
  };
  const foreign = PLAN_KEYS.filter((key) => (PLAN_PARAMETERS[key].only ?? task) !== task);
  return { ...fields, ...Object.fromEntries(foreign.map((key) => [key, undefined])) };
}

function refuseOtherTask(fields: PlanFields, model: string, task: Task): void {
  for (const key of PLAN_KEYS) {
    const { only } = PLAN_PARAMETERS[key];
    if (fields[key] !== undefined && only && only !== task)
      throw badPlan(
        `${key} does not apply to the ${task === 'language-model' ? 'language' : 'image'} model ${quote(model)}.`,
        `Leave ${key} out.`,
      );
  }
}

function codecsOf(fields: PlanFields): readonly CodecSpec[] {
  const codecs = fields.codec ?? parseCodecs(DEFAULT_CODECS);
  const timed = codecs.find(needsTimesteps);
  if (timed)
    throw badPlan(
      `${quote(formatCodec(timed))} rounds by the time steps of a diffusion model, and plans measure other models.`,
      'Use npm run images.',
    );
  const spellings = codecs.map(formatCodec);
  const twice = spellings.find((spec, i) => spellings.indexOf(spec) !== i);
  if (twice) throw badPlan(`The plan names the codec ${quote(twice)} twice.`, 'Keep one of them.');
  return Object.freeze(codecs.map((spec) => Object.freeze(spec)));
}

/** The beginning of an absolute path, which names of a hub do not have. */
const ABSOLUTE = /^([A-Za-z]:)?[\\/]/;

/** Resolves the names of files. Records call a file by the last part of its path, so that must not occur twice. */
function filesOf(given: readonly string[], names: PlanNames): string[] {
  const files = given.map((file) => {
    if (names.file) return names.file(file);
    throw badPlan(
      'Files of others cannot be measured here.',
      'Use “Measure files…” in the page, or npm run sweep in Node.',
    );
  });
  const shown = files.map((file) => (ABSOLUTE.test(file) ? file.split(/[\\/]/).pop()! : file));
  const twice = shown.find((file, i) => shown.indexOf(file) !== i);
  if (twice !== undefined)
    throw badPlan(`The plan names two files called ${quote(twice)}.`, 'Rename one of them, or keep one.');
  return files;
}

/** Resolves the files of tasks, and how many examples are asked. */
function tasksOf(
  { tasks, 'task-examples': examples }: PlanFields,
  names: PlanNames,
  preset: Preset,
): Pick<Plan, 'tasks' | 'taskExamples'> {
  if (!tasks) {
    if (examples === undefined) return {};
    throw badPlan('The plan sets task-examples, but names no tasks.', 'Add tasks, or leave it out.');
  }
  const resolved = tasks.map((task) => {
    const { id, file } = parseTaskSpec(task);
    if (file === undefined) return task;
    if (names.examples) return `${id}:${names.examples(file)}`;
    throw badPlan('Files with examples cannot be read here.', 'Use npm run sweep in Node.');
  });
  const twice = resolved.find((task, i) => resolved.indexOf(task) !== i);
  if (twice !== undefined)
    throw badPlan(`The plan names the task ${quote(twice)} twice.`, 'Keep one of them.');
  const limit = examples ?? preset.taskExamples;
  return { tasks: Object.freeze(resolved), ...(limit !== 'all' && { taskExamples: limit }) };
}

/** Whether a file of a plan is a model delta, which needs a base. */
export function isModelDelta(file: string): boolean {
  return file.toLowerCase().endsWith('.delta');
}

/**
 * Resolves the base of deltas, which are files and codecs.
 * @throws LabError bad-plan if a delta has none, or a base has no delta
 */
export function baseOf(
  { file = [], codec = [], base }: Pick<PlanFields, 'file' | 'codec' | 'base'>,
  names: Pick<PlanNames, 'model'>,
): { base?: string } {
  const spec = codec.find(needsBase);
  const delta = file.find(isModelDelta) ?? (spec && formatCodec(spec));
  if (delta !== undefined && base === undefined)
    throw badPlan(
      `${quote(delta)} is a difference from a base, and the plan names none.`,
      'Add base with the model that was fine-tuned.',
    );
  if (delta === undefined && base !== undefined)
    throw badPlan(
      'The plan names a base, but nothing that is a difference from it.',
      'Leave base out, or name a codec such as delta(rtn(bits=2)), or a FILE.delta as file.',
    );
  return base === undefined ? {} : { base: names.model(base).id };
}

/** Reads what codecs are calibrated on. `none` switches calibration off; giving its windows or draws is then an error. */
function calibrationOf(
  fields: PlanFields,
  names: PlanNames,
  model: PlanModel,
  preset: Preset,
): CalibrationPlan | null {
  const { calibration: name = defaultCalibration(model), draws = 1 } = fields;
  if (name === 'none') {
    if (fields['calibration-windows'] === undefined && fields.draws === undefined) return null;
    throw badPlan(
      'The plan switches calibration off, but sets calibration-windows or draws.',
      'Leave them out, or name a calibration set.',
    );
  }
  const data = dataOf(name, names, model);
  return { data, windows: fields['calibration-windows'] ?? preset.calibrationWindows, draws };
}

function dataOf(name: string, names: PlanNames, { id, task }: PlanModel): string {
  const data = names.data(name);
  if (data.task && data.task !== task)
    throw badPlan(
      `The data set ${quote(data.id)} is not for the task of the model ${quote(id)}.`,
      `Use ${[...EMBEDDED_DATA]
        .filter(([, of]) => of === task)
        .map(([known]) => known)
        .join(', ')}.`,
    );
  return data.id;
}

function protocolOf(fields: PlanFields, { task, maxContext }: PlanModel, preset: Preset): Protocol {
  if (task === 'image-classification')
    return { kind: 'windows', context: DEFAULT_CONTEXT, stride: DEFAULT_CONTEXT };
  const kind = fields.protocol ?? 'windows';
  const context = fields.context ?? Math.min(defaultContext(fields.stride), maxContext ?? Infinity);
  const windows = fields.windows ?? preset.windows;
  return {
    kind,
    context,
    stride: strideOf(fields.stride, kind, context),
    ...(windows !== 'all' && { windows }),
  };
}

function strideOf(stride: number | undefined, kind: Protocol['kind'], context: number): number {
  if (kind !== 'sliding') {
    if (stride === undefined) return context;
    throw badPlan('stride belongs to the sliding protocol.', 'Leave it out, or set protocol to sliding.');
  }
  const step = stride ?? defaultStride(context);
  if (step >= context)
    throw badPlan(
      `stride ${step} is not less than the context of ${context}: tokens between windows would go unscored.`,
      `Use a stride of at most ${context - 1}.`,
    );
  return step;
}

/** The default context, or twice a stride that is too long for it, since published settings often name the stride alone. */
function defaultContext(stride: number | undefined): number {
  return stride !== undefined && stride >= DEFAULT_CONTEXT ? 2 * stride : DEFAULT_CONTEXT;
}

/** Half the context, the usual choice of the sliding protocol. */
export function defaultStride(context: number): number {
  return Math.max(1, Math.floor(context / 2));
}
