import * as v from 'valibot';
import { LabError } from '../base/errors';
import { issuePath } from '../base/issue';

/** Options of quantisation-aware training, in which weights are rounded to three values in the forward pass. */
export interface QatOptions {
  /**
   * The rule for the scale and the threshold of a group: absmean, twn and optimal are those of codec `ternary`; t81 is an
   * absolute threshold on weights divided by one scale per tensor, the moving average of its largest magnitude.
   */
  rule: 'absmean' | 'twn' | 'optimal' | 't81';
  /** Number of weights along a row that share a scale. With t81 this affects only how the trained weights are stored. */
  group: number | 'row';
  /** Where gradients pass. clipped: |w ÷ scale| ≤ 1; identity: everywhere; box: doubled where |w ÷ scale| < ½, else none. */
  estimator: 'clipped' | 'identity' | 'box';
  /** statistic: computed from the weights at every step; learned: a parameter per group (Esser et al. 2020, LSQ). */
  scale: 'statistic' | 'learned';
  /** The threshold of t81 relative to the scale: θ(t) = target + (1 − target) · (1 − min(t ÷ warmup, 1)), warmup ≤ steps. */
  threshold?: { target: number; warmup: number };
  /** Rounds at random, up with a probability that grows with the magnitude. Evaluation rounds to nearest. */
  stochastic: boolean;
}

export interface TrainOptions {
  steps: number;
  /** Number of sequences, or images, per step. */
  batch: number;
  /** Number of sequences per pass over the model; divides `batch`. */
  microBatch: number;
  /** Number of tokens per sequence; ignored for images. */
  length: number;
  learningRate: number;
  /** Number of steps in which the learning rate rises from 0. */
  warmup: number;
  schedule: 'cosine' | 'linear' | 'constant';
  weightDecay: number;
  betas: readonly [number, number];
  epsilon: number;
  /** The largest norm of all gradients together; gradients with a larger norm are scaled down to it. */
  clipNorm: number;
  /** Seed of stochastic rounding. */
  seed: number;
  /** The tensors that are quantised if `qat` is given; all tensors are trained. */
  scope: 'linear' | 'all';
  qat?: QatOptions;
  distillation?: { weight: number; temperature: number };
}

/** The group sizes codec `ternary` stores. */
export const GROUP_SIZES = [32, 64, 128, 256] as const;

/** The smallest and the largest value of an option, inclusive, for plans, command lines and forms. */
export const LIMITS = {
  steps: [1, 1_000_000],
  /** The warm-up of the learning rate, and that of t81's threshold. */
  warmup: [0, 1_000_000],
  batch: [1, 65_536],
  length: [1, 32_768],
  learningRate: [0, 10],
  weightDecay: [0, 10],
  clipNorm: [1e-6, 1e9],
  temperature: [0.01, 100],
  threshold: [0.05, 1],
} as const satisfies Record<string, readonly [number, number]>;

const whole = ([min, max]: readonly [number, number]) => {
  const range = `a whole number from ${min} to ${max}`;
  return v.pipe(v.number(range), v.integer(range), v.minValue(min, range), v.maxValue(max, range));
};
const real = ([min, max]: readonly [number, number]) => {
  const range = `a number from ${min} to ${max}`;
  return v.pipe(v.number(range), v.minValue(min, range), v.maxValue(max, range));
};
/** A number above 0. */
const positive = (max: number) => {
  const range = `a number above 0 and up to ${max}`;
  return v.pipe(v.number(range), v.gtValue(0, range), v.maxValue(max, range));
};
const oneOf = <const T extends readonly (string | number)[]>(names: T) =>
  v.picklist(names, `one of ${names.join(', ')}`);
const decay = v.pipe(
  real([0, 1]),
  v.check((beta) => beta < 1, 'below 1'),
);

const qatSchema = v.strictObject({
  rule: oneOf(['absmean', 'twn', 'optimal', 't81']),
  group: oneOf([...GROUP_SIZES, 'row']),
  estimator: oneOf(['clipped', 'identity', 'box']),
  scale: oneOf(['statistic', 'learned']),
  threshold: v.optional(v.strictObject({ target: real(LIMITS.threshold), warmup: whole(LIMITS.warmup) })),
  stochastic: v.boolean('true or false'),
});

/** The schema of the options of a plan, a command line or a checkpoint, none of which is trusted. */
export const trainSchema = v.strictObject({
  steps: whole(LIMITS.steps),
  batch: whole(LIMITS.batch),
  microBatch: whole(LIMITS.batch),
  length: whole(LIMITS.length),
  learningRate: real(LIMITS.learningRate),
  warmup: whole(LIMITS.warmup),
  schedule: oneOf(['cosine', 'linear', 'constant']),
  weightDecay: real(LIMITS.weightDecay),
  betas: v.tuple([decay, decay]),
  epsilon: positive(1),
  clipNorm: real(LIMITS.clipNorm),
  seed: whole([0, Number.MAX_SAFE_INTEGER]),
  scope: oneOf(['linear', 'all']),
  qat: v.optional(qatSchema),
  distillation: v.optional(v.strictObject({ weight: positive(1), temperature: real(LIMITS.temperature) })),
});

/**
 * Checks options of unknown origin.
 * @returns a frozen copy
 * @throws LabError bad-plan naming the option and its permitted values
 */
export function parseTrainOptions(value: unknown): TrainOptions {
  const result = v.safeParse(trainSchema, value, { abortEarly: true });
  if (!result.success) throw badOption(result.issues[0]);
  checkTogether(result.output);
  return deepFrozen(result.output);
}

function badOption(issue: v.BaseIssue<unknown>): LabError {
  const path = issuePath(issue);
  if (path === undefined)
    return bad('Training options are not an object.', 'Give an object with the options by name.');
  if (issue.expected === 'never')
    return bad(`Training has no option ${JSON.stringify(path.slice(0, 60))}.`, 'Check its spelling.');
  if (issue.kind === 'schema' && issue.input === undefined)
    return bad(`The training option ${path} is missing.`, 'Give all options.');
  // Messages that begin with "Invalid" are those of valibot; the others are ours.
  const wanted = issue.message.startsWith('Invalid') ? issue.expected : issue.message;
  const received = issue.received.slice(0, 60);
  return bad(`The training option ${path} is ${received}.`, `It must be ${wanted}.`);
}

/** Checks what depends on several options. */
function checkTogether({ batch, microBatch, warmup, steps, qat }: TrainOptions): void {
  if (batch % microBatch !== 0)
    throw bad(
      `A microBatch of ${microBatch} sequences does not divide a batch of ${batch}.`,
      'Choose a microBatch that divides the batch.',
    );
  if (warmup > steps)
    throw bad(
      `A warm-up of ${warmup} steps is longer than the ${steps} steps of training.`,
      'Choose a shorter warm-up.',
    );
  if (qat) checkQat(qat);
  if (qat?.threshold && qat.threshold.warmup > steps)
    throw bad(
      `A threshold that falls for ${qat.threshold.warmup} steps does not reach ${qat.threshold.target} in ${steps} steps of training.`,
      'Choose a shorter warm-up of the threshold.',
    );
}

function checkQat({ rule, scale, threshold }: QatOptions): void {
  if (rule === 't81' && !threshold)
    throw bad('The rule t81 needs a threshold.', 'Add e.g. threshold: {target: 0.44, warmup: 100}.');
  if (rule === 't81' && scale === 'learned')
    throw bad(
      'The rule t81 takes its scale from the largest weight and cannot learn one.',
      'Choose scale: statistic, or another rule.',
    );
  if (rule !== 't81' && threshold)
    throw bad(`The rule ${rule} has no threshold option.`, 'Leave threshold out, or choose the rule t81.');
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFrozen);
  return Object.freeze(value);
}

function bad(message: string, remedy: string): LabError {
  return new LabError('bad-plan', message, remedy);
}
