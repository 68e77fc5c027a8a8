import * as v from 'valibot';
import { fields } from './config';

const unscaled = v.picklist(['default'], 'only unscaled rotary embeddings are implemented');

/**
 * Returns the schema of `rope_scaling` (older) or `rope_parameters` (newer) in config.json, which accepts only unscaled
 * embeddings.
 */
function ropeObject<S extends v.GenericSchema>(partial: S) {
  return v.optional(
    v.nullable(
      v.object({
        rope_theta: v.optional(fields.theta),
        rope_type: v.optional(unscaled),
        type: v.optional(unscaled),
        factor: v.optional(v.literal(1)),
        partial_rotary_factor: v.optional(partial),
      }),
    ),
  );
}

/** The fields of models that rotate whole heads. */
export const rope = {
  rope_theta: v.optional(fields.theta),
  rope_scaling: ropeObject(v.literal(1)),
  rope_parameters: ropeObject(v.literal(1)),
  partial_rotary_factor: v.optional(v.literal(1)),
};

const rotaryFactor = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));

/** The fields of models that may rotate only the first columns of a head. */
export const partialRope = {
  rope_theta: v.optional(fields.theta),
  rope_scaling: ropeObject(rotaryFactor),
  rope_parameters: ropeObject(rotaryFactor),
  partial_rotary_factor: v.optional(rotaryFactor),
};

interface RopeConfig {
  rope_theta?: number;
  rope_parameters?: { rope_theta?: number; partial_rotary_factor?: number } | null;
  partial_rotary_factor?: number;
}

/** Returns the base θ of the rotation angles; 10,000 by default. */
export function ropeTheta({ rope_parameters, rope_theta }: RopeConfig): number {
  return rope_parameters?.rope_theta ?? rope_theta ?? 10_000;
}

/** Returns the fraction of a head's columns that are rotated, or undefined if the config does not state it. */
export function partialRotaryFactor({
  rope_parameters,
  partial_rotary_factor,
}: RopeConfig): number | undefined {
  return rope_parameters?.partial_rotary_factor ?? partial_rotary_factor;
}
