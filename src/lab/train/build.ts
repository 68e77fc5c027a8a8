import type { CodecSpec } from '../../codecs/contract/meta';
import { parseCodec } from '../../codecs/contract/spec';
import { parseTrainOptions, type QatOptions, type TrainOptions } from '../../train/options';
import { buildPlan, type PlanNames } from '../plan/build';
import { badPlan, quote } from '../plan/parameters';
import { DEFAULT_SEED, type Task } from '../plan/presets';
import { trainDefaults, type TrainDefaults } from './defaults';
import { TRAIN_KEYS, TRAIN_PARAMETERS, type TrainFields } from './parameters';
import { TRAIN_STAGES, type TrainStage, type TrainPlan } from './plan';

const BETAS = [0.9, 0.95] as const;
const EPSILON = 1e-8;
const GROUP = 64;
const TEMPERATURE = 1;
/** The values of t81. The warm-up takes at most half of a run, so that training ends at the threshold that is recorded. */
const THRESHOLD = { target: 0.44, warmup: 100 };
const QAT_ONLY = [
  'rule',
  'group',
  'estimator',
  'scale',
  'threshold',
  'threshold-warmup',
  'stochastic',
] as const;

/**
 * Fills in defaults and checks the fields against each other; the result is frozen.
 * @throws LabError bad-plan with a sentence
 */
export function buildTrainPlan(fields: TrainFields & { model: string }, names: PlanNames): TrainPlan {
  const { id, task } = names.model(fields.model);
  refuseWithoutMeaning(fields, task);
  const head = fields.head === 'none' ? undefined : fields.head;
  const defaults = trainDefaults(id, task, head);
  const qat = fields.qat === 'none' ? undefined : qatOf(fields, defaults);
  const data = names.data(fields.data ?? defaults.data);
  if (data.task && data.task !== task)
    throw badPlan(
      `The training set ${quote(data.id)} is not for the task of ${quote(id)}.`,
      'Leave --data out.',
    );
  return Object.freeze({
    ...{ model: id, task, data: data.id, ...(head !== undefined && { head }) },
    augment: fields.augment ?? false,
    stages: stagesOf({ ...fields, head }, defaults, qat),
    measure: measureOf(fields, defaults, names, qat),
  });
}

/** The codec that stores trained weights bit for bit: each is −s, 0 or s of its group. */
export function trainedCodec({ group }: Pick<QatOptions, 'group'>): CodecSpec {
  return parseCodec(`ternary(rule=optimal,group=${group})`);
}

/** The codec that rounds in the same way without training. */
function untrainedCodec({ rule, group, threshold }: QatOptions): CodecSpec {
  if (rule === 't81') return parseCodec(`t81(threshold=${threshold!.target})`);
  return parseCodec(`ternary(rule=${rule},group=${group})`);
}

function refuseWithoutMeaning(fields: TrainFields, task: Task): void {
  const foreign = TRAIN_KEYS.find(
    (key) => fields[key] !== undefined && (TRAIN_PARAMETERS[key].only ?? task) !== task,
  );
  if (foreign) throw badPlan(`${foreign} does not apply to this kind of model.`, `Leave ${foreign} out.`);
  if (fields.fresh && fields.head !== undefined && fields.head !== 'none')
    throw badPlan(
      'fresh draws all weights, and head only those of the classifier.',
      'Leave one of them out.',
    );
  const unused = fields.qat === 'none' && QAT_ONLY.find((key) => fields[key] !== undefined);
  if (unused)
    throw badPlan(`${unused} belongs to rounding, which qat=none switches off.`, `Leave ${unused} out.`);
}

function qatOf(fields: TrainFields, defaults: TrainDefaults): QatOptions {
  const rule = fields.rule ?? 'optimal';
  const t81 = rule === 't81';
  if (!t81 && (fields.threshold ?? fields['threshold-warmup']) !== undefined)
    throw badPlan(`The rule ${rule} has no threshold.`, 'Leave it out, or choose the rule t81.');
  return {
    rule,
    group: fields.group ?? GROUP,
    estimator: fields.estimator ?? (t81 ? 'box' : 'identity'),
    scale: fields.scale ?? 'statistic',
    ...(t81 && { threshold: thresholdOf(fields, fields.steps ?? defaults.steps) }),
    stochastic: fields.stochastic ?? false,
  };
}

function thresholdOf(fields: TrainFields, steps: number): NonNullable<QatOptions['threshold']> {
  return {
    target: fields.threshold ?? THRESHOLD.target,
    warmup: fields['threshold-warmup'] ?? Math.min(THRESHOLD.warmup, Math.floor(steps / 2)),
  };
}

function stagesOf(fields: TrainFields, defaults: TrainDefaults, qat?: QatOptions): TrainPlan['stages'] {
  const plain = optionsOf(fields, defaults);
  const alone = { ...plain };
  delete alone.distillation;
  const wanted: Partial<Record<TrainStage, TrainOptions | undefined>> = {
    // A model that is trained from drawn weights has no teacher, nor has one of other classes.
    fresh: (fields.fresh ?? defaults.fresh) ? alone : undefined,
    head: fields.head === undefined ? undefined : alone,
    qat: qat && { ...plain, qat },
    control: (fields.control ?? true) ? plain : undefined,
  };
  const stages = TRAIN_STAGES.flatMap((stage) => {
    const options = wanted[stage];
    return options ? [[stage, parseTrainOptions(options)] as const] : [];
  });
  if (stages.length === 0)
    throw badPlan('With qat=none and control=off nothing is trained.', 'Leave one of them out.');
  return Object.freeze(Object.fromEntries(stages));
}

function optionsOf(fields: TrainFields, defaults: TrainDefaults): TrainOptions {
  const steps = fields.steps ?? defaults.steps;
  const batch = fields.batch ?? defaults.batch;
  const weight = fields.distil ?? defaults.distil;
  if (weight === 0 && fields.temperature !== undefined)
    throw badPlan(
      'temperature belongs to distillation, which is off.',
      'Leave it out, or choose distil above 0.',
    );
  return {
    ...{ steps, batch },
    microBatch: fields['micro-batch'] ?? microBatch(batch, defaults['micro-batch'] ?? batch),
    length: fields.length ?? defaults.length ?? 1,
    learningRate: fields['learning-rate'] ?? defaults['learning-rate'],
    warmup: fields.warmup ?? Math.min(defaults.warmup, Math.floor(steps / 2)),
    schedule: fields.schedule ?? 'cosine',
    weightDecay: fields['weight-decay'] ?? 0,
    betas: BETAS,
    epsilon: EPSILON,
    clipNorm: fields.clip ?? 1,
    seed: fields.seed ?? DEFAULT_SEED,
    scope: fields.scope ?? defaults.scope,
    ...(weight > 0 && { distillation: { weight, temperature: fields.temperature ?? TEMPERATURE } }),
  };
}

/** Returns the largest divisor of the batch up to `usual`. */
function microBatch(batch: number, usual: number): number {
  let size = Math.min(batch, usual);
  while (batch % size !== 0) size--;
  return size;
}

function measureOf(
  fields: TrainFields,
  defaults: TrainDefaults,
  names: PlanNames,
  qat?: QatOptions,
): TrainPlan['measure'] {
  const { model, rest, seed } = fields;
  const [windows, context] = [fields.windows ?? defaults.windows, fields.context ?? defaults.context];
  const images = fields.images ?? defaults.images;
  return buildPlan(
    {
      model: model!,
      codec: qat ? [untrainedCodec(qat)] : [],
      data: fields.evaluation ?? defaults.evaluation,
      ...(windows !== undefined && { windows }),
      ...(context !== undefined && { context }),
      ...(images !== undefined && { images }),
      scope: fields.scope ?? defaults.scope,
      ...(rest !== undefined && { rest }),
      ...(seed !== undefined && { seed }),
      calibration: 'none',
      verdict: false,
    },
    names,
  );
}
