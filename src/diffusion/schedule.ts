import * as v from 'valibot';
import { LabError } from '../base/errors';
import { issuePath, issueReason } from '../base/issue';
import { SCHEDULER_FILE } from '../models/load/load';
import { parseJsonObject } from '../models/load/json';

/** How a diffusion adds noise: x_t = √ᾱ_t · x₀ + √(1 − ᾱ_t) · ε (Ho, Jain and Abbeel 2020). */
export interface NoiseSchedule {
  /** ᾱ_t, the product of 1 − β over the steps 0 … t. */
  alphaBars: Float64Array;
  /** Whether a predicted x₀ is clipped to [−1, 1]. */
  clips: boolean;
}

const SCHEDULERS = ['DDPMScheduler', 'DDIMScheduler'];
const beta = v.pipe(v.number(), v.gtValue(0), v.ltValue(1));

/** The settings of diffusers' schedulers that are implemented. Any other setting is refused unless it is off. */
const schema = v.object({
  _class_name: v.picklist(SCHEDULERS),
  num_train_timesteps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(100_000)), 1000),
  beta_start: v.optional(beta, 1e-4),
  beta_end: v.optional(beta, 0.02),
  beta_schedule: v.optional(v.literal('linear'), 'linear'),
  prediction_type: v.optional(v.literal('epsilon'), 'epsilon'),
  clip_sample: v.optional(v.boolean(), true),
  clip_sample_range: v.optional(v.literal(1)),
  variance_type: v.optional(v.picklist(['fixed_small', 'learned_range'])),
  timestep_spacing: v.optional(v.literal('leading')),
  steps_offset: v.optional(v.literal(0)),
  set_alpha_to_one: v.optional(v.literal(true)),
});

/** Parameters of thresholding, which has to be off. */
const NEUTRAL = ['dynamic_thresholding_ratio', 'sample_max_value'];

/**
 * Returns the schedule that a model's scheduler_config.json describes.
 * @param assets files of the model, by name
 * @throws LabError bad-file if it is missing; unsupported with the first setting that is invalid or not implemented
 */
export function scheduleOf(assets: ReadonlyMap<string, Uint8Array>): NoiseSchedule {
  const bytes = assets.get(SCHEDULER_FILE);
  if (bytes) return noiseSchedule(parseJsonObject(SCHEDULER_FILE, bytes));
  throw new LabError(
    'bad-file',
    `The model has no ${SCHEDULER_FILE}, so its noise schedule is unknown.`,
    'Put the file of the pipeline’s scheduler folder beside config.json.',
  );
}

/** Returns the schedule that the fields of a scheduler_config.json describe. @throws LabError as `scheduleOf` */
export function noiseSchedule(config: Readonly<Record<string, unknown>>): NoiseSchedule {
  const result = v.safeParse(schema, config, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw unsupported(issuePath(issue) ?? 'the file', issueReason(issue));
  }
  checkUnknown(config);
  const { num_train_timesteps: steps, beta_start: first, beta_end: last, clip_sample: clips } = result.output;
  const betas = Float64Array.from({ length: steps }, (_, t) => first + ((last - first) * t) / (steps - 1));
  let product = 1;
  return { alphaBars: betas.map((b) => (product *= 1 - b)), clips };
}

function checkUnknown(config: Readonly<Record<string, unknown>>): void {
  const known = new Set([...Object.keys(schema.entries), ...NEUTRAL]);
  for (const [field, setting] of Object.entries(config)) {
    if (known.has(field) || field.startsWith('_') || setting === null || setting === false) continue;
    throw unsupported(field.slice(0, 80), 'this setting of diffusers is not implemented');
  }
}

function unsupported(field: string, why: string): LabError {
  return new LabError(
    'unsupported',
    `This diffusion model is not supported because of ${field} in ${SCHEDULER_FILE}: ${why}.`,
    'Choose a model that predicts the noise ε, with a linear β and the scheduler DDPM or DDIM of diffusers.',
  );
}
