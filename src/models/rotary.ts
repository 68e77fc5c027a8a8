/** The angles of rotary position embeddings and their scaling to longer contexts, as Hugging Face transformers computes them. */

/**
 * How the frequencies of a rotary embedding are changed for contexts beyond those of pretraining, and the factor of its
 * cosines and sines.
 */
export type RotaryScaling =
  /** Position interpolation (Chen et al. 2023): all positions are divided by `factor`. */
  | { type: 'linear'; factor: number }
  /** NTK-aware interpolation: θ grows with the length of sequences that are longer than `context` tokens. */
  | { type: 'dynamic'; factor: number; context: number }
  /** Llama 3.1: wavelengths beyond originalContext ÷ lowFactor are divided, those below originalContext ÷ highFactor kept. */
  | { type: 'llama3'; factor: number; lowFactor: number; highFactor: number; originalContext: number }
  /** YaRN (Peng et al. 2023): dimensions with fewer than `betaSlow` rotations in the original context are interpolated. */
  | {
      type: 'yarn';
      factor: number;
      originalContext: number;
      betaFast: number;
      betaSlow: number;
      /** Whether the bounds of the ramp between the dimensions are rounded to integers. */
      truncate: boolean;
      magnitude: number;
    }
  /** LongRoPE (Ding et al. 2024): a divisor for each frequency, of two sets by the length of the sequence. */
  | {
      type: 'longrope';
      shortFactors: readonly number[];
      longFactors: readonly number[];
      originalContext: number;
      magnitude: number;
    };

/** The rotation angles of a head: position p turns pair i by p · frequency i. */
export interface RotaryAngles {
  headWidth: number;
  /** Number of leading columns of a head that are rotated; default: all. */
  rotaryDim?: number;
  /** The base of the frequencies θ^(−2i/rotaryDim). */
  theta: number;
  scaling?: RotaryScaling;
}

/** The frequencies of a rotary embedding at one length of the sequence. */
export interface RotaryFrequencies {
  /** In radians per position, [rotaryDim/2]. */
  frequencies: Float64Array;
  /** The factor of cosines and sines, which scales queries and keys. */
  magnitude: number;
}

/**
 * Returns the frequencies with which a sequence of `length` tokens is rotated. Only dynamic and LongRoPE scaling depend on the
 * length. Source: transformers, modeling_rope_utils.py.
 */
export function rotaryFrequencies(angles: RotaryAngles, length: number): RotaryFrequencies {
  const { theta, scaling, rotaryDim = angles.headWidth } = angles;
  const plain = powers(theta, rotaryDim);
  switch (scaling?.type) {
    case undefined:
      return { frequencies: plain, magnitude: 1 };
    case 'linear':
      return { frequencies: plain.map((f) => f / scaling.factor), magnitude: 1 };
    case 'dynamic':
      return {
        frequencies: powers(dynamicTheta(theta, rotaryDim, scaling, length), rotaryDim),
        magnitude: 1,
      };
    case 'llama3':
      return { frequencies: plain.map((f) => llama3Frequency(f, scaling)), magnitude: 1 };
    case 'yarn':
      return { frequencies: yarnFrequencies(plain, theta, scaling), magnitude: scaling.magnitude };
    case 'longrope': {
      const factors = length > scaling.originalContext ? scaling.longFactors : scaling.shortFactors;
      return { frequencies: plain.map((f, i) => f / factors[i]), magnitude: scaling.magnitude };
    }
  }
}

/**
 * Returns the length up to which a sequence that begins with `length` tokens keeps its frequencies. One that grows beyond it
 * has to be computed again from its first token.
 */
export function rotaryReach({ scaling }: RotaryAngles, length: number): number {
  return scaling?.type === 'longrope' && length <= scaling.originalContext
    ? scaling.originalContext
    : Infinity;
}

/** Whether the frequencies depend on the length of the sequence. */
export function dependsOnLength({ scaling }: RotaryAngles): boolean {
  return scaling?.type === 'longrope' || scaling?.type === 'dynamic';
}

/** Returns the magnitude of YaRN that the paper recommends, 0.1 · weight · ln(factor) + 1. */
export function yarnMagnitude(factor: number, weight = 1): number {
  return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
}

function powers(theta: number, rotaryDim: number): Float64Array {
  return Float64Array.from({ length: rotaryDim / 2 }, (_, i) => theta ** ((-2 * i) / rotaryDim));
}

function dynamicTheta(
  theta: number,
  rotaryDim: number,
  { factor, context }: Extract<RotaryScaling, { type: 'dynamic' }>,
  length: number,
): number {
  const growth = (factor * Math.max(length, context)) / context - (factor - 1);
  return theta * growth ** (rotaryDim / (rotaryDim - 2));
}

function llama3Frequency(
  frequency: number,
  { factor, lowFactor, highFactor, originalContext }: Extract<RotaryScaling, { type: 'llama3' }>,
): number {
  const rotations = (originalContext * frequency) / (2 * Math.PI);
  if (rotations < lowFactor) return frequency / factor;
  if (rotations > highFactor) return frequency;
  const smooth = (rotations - lowFactor) / (highFactor - lowFactor);
  return (1 - smooth) * (frequency / factor) + smooth * frequency;
}

/** Blends interpolated and unchanged frequencies along a ramp between the dimensions of `betaFast` and `betaSlow` rotations. */
function yarnFrequencies(
  plain: Float64Array,
  theta: number,
  scaling: Extract<RotaryScaling, { type: 'yarn' }>,
): Float64Array {
  const { factor, originalContext, betaFast, betaSlow, truncate } = scaling;
  const rotaryDim = 2 * plain.length;
  const dimensionOf = (rotations: number) =>
    (rotaryDim * Math.log(originalContext / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const [fast, slow] = [dimensionOf(betaFast), dimensionOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const high = Math.min(truncate ? Math.ceil(slow) : slow, rotaryDim - 1);
  // transformers widens an empty ramp by this much.
  const width = low === high ? 0.001 : high - low;
  return plain.map((frequency, i) => {
    const interpolated = Math.min(1, Math.max(0, (i - low) / width));
    return (frequency / factor) * interpolated + frequency * (1 - interpolated);
  });
}
