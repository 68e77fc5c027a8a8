import * as v from 'valibot';
import { fields } from './config';

const plain = v.picklist(['default'], 'only unscaled rotary embeddings are implemented');

/** `rope_scaling` (older) or `rope_parameters` (newer) of config.json: anything but the plain form is refused. */
function ropeObject<S extends v.GenericSchema>(partial: S) {
  return v.optional(
    v.nullable(
      v.object({
        rope_theta: v.optional(fields.theta),
        rope_type: v.optional(plain),
        type: v.optional(plain),
        factor: v.optional(v.literal(1)),
        partial_rotary_factor: v.optional(partial),
      }),
    ),
  );
}

/** The fields for models that turn whole heads. */
export const rope = {
  rope_theta: v.optional(fields.theta),
  rope_scaling: ropeObject(v.literal(1)),
  rope_parameters: ropeObject(v.literal(1)),
  partial_rotary_factor: v.optional(v.literal(1)),
};

const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));

/** The fields for models that may turn the first columns of a head only. */
export const partialRope = {
  rope_theta: v.optional(fields.theta),
  rope_scaling: ropeObject(share),
  rope_parameters: ropeObject(share),
  partial_rotary_factor: v.optional(share),
};

interface RopeConfig {
  rope_theta?: number;
  rope_parameters?: { rope_theta?: number; partial_rotary_factor?: number } | null;
  partial_rotary_factor?: number;
}

/** Base of the angles. */
export function ropeTheta({ rope_parameters, rope_theta }: RopeConfig): number {
  return rope_parameters?.rope_theta ?? rope_theta ?? 10_000;
}

/** Share of a head's columns that turns. */
export function ropeShare({ rope_parameters, partial_rotary_factor }: RopeConfig): number | undefined {
  return rope_parameters?.partial_rotary_factor ?? partial_rotary_factor;
}
