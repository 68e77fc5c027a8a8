import {
  acceptedBits,
  bitsByEntropy,
  equalisationFactors,
  smoothActivations,
} from '../../../diffusion/thermodynamic/components';
import { validateTransitions } from '../../../diffusion/thermodynamic/markov';
import { PROFILES } from '../../../diffusion/thermodynamic/phases';
import {
  INTERPOLATION_NAMES,
  smoothBoundaries,
  type Interpolation,
} from '../../../diffusion/thermodynamic/smoothing';
import { timeGroups } from '../../../diffusion/thermodynamic/timeGroups';
import { benchmarkRanges } from './benchmark';

/** A published profile on the benchmark's data. */
export interface ProfileResult {
  name: string;
  bits: number;
  groups: number;
  groupSize: number;
  /** Smoothness of its time groups, and what it asks for. */
  score: number;
  minScore: number;
  /** Bits that the acceptance by cosine similarity ends with; undefined if none are accepted. */
  accepted: number | undefined;
}

/** The other published parts on the benchmark's data. */
export interface PartResults {
  profiles: ProfileResult[];
  /** Time of a smoothing method ÷ that of the linear one, beside the published figure. */
  speeds: { method: Interpolation; ratio: number; published: number }[];
  /** Bits that the entropy of the ramp of weights chooses. */
  entropyBits: number;
  /** Squared error of a layer's outputs with 8-bit weights and activations after equalisation ÷ before. */
  equalised: number;
  /** Mean squared change of activations that are moved a tenth towards their mean ÷ their mean square. */
  smoothed: number;
}

const WEIGHTS = 16_384;
const PUBLISHED_SPEEDS = { linear: 1, cubic: 1.2, sigmoid: 1.1 };
/** Calls that are timed together, because one takes less than a clock shows. */
const CALLS = 2000;
const ROUNDS = 9;
/** Share by which activations are moved towards their mean. */
const SHARE = 0.1;

/** Runs the published parts beside the phases: profiles, bits by entropy, equalisation, smoothing of activations, speeds of the methods. */
export function runParts(): PartResults {
  const ramp = Float64Array.from({ length: WEIGHTS }, (_, i) => i / (WEIGHTS - 1) - 0.5);
  return {
    profiles: Object.entries(PROFILES).map(([name, profile]) => ({
      ...{ name, ...profile },
      score: validateTransitions(timeGroups(benchmarkRanges(), profile.groups)).score,
      accepted: acceptedBits(profile.bits, (bits) =>
        cosine(ramp, roundedInGroups(ramp, bits, profile.groupSize)),
      ),
    })),
    speeds: methodSpeeds(),
    entropyBits: bitsByEntropy(ramp),
    equalised: equalisedError(ramp),
    smoothed: smoothingChange(ramp),
  };
}

/** Times the methods in turn, and takes the median of each. */
function methodSpeeds(): PartResults['speeds'] {
  const groups = timeGroups(benchmarkRanges(), 20);
  const times = INTERPOLATION_NAMES.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++)
    INTERPOLATION_NAMES.forEach((method, i) => {
      const start = performance.now();
      for (let call = 0; call < CALLS; call++) smoothBoundaries(groups, method);
      times[i].push(performance.now() - start);
    });
  const medians = times.map((own) => own.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]);
  const linear = medians[INTERPOLATION_NAMES.indexOf('linear')];
  return INTERPOLATION_NAMES.map((method, i) => ({
    ...{ method, ratio: medians[i] / linear, published: PUBLISHED_SPEEDS[method] },
  }));
}

/** Rounds values to a number of bits between the smallest and the largest of each group. */
function roundedInGroups(values: Float64Array, bits: number, size: number): Float64Array {
  const rounded = values.slice();
  for (let first = 0; first < values.length; first += size) {
    const own = values.subarray(first, first + size);
    const [min, max] = [Math.min(...own), Math.max(...own)];
    const step = (max - min) / (2 ** bits - 1) || 1;
    own.forEach((value, i) => (rounded[first + i] = min + Math.round((value - min) / step) * step));
  }
  return rounded;
}

function cosine(a: Float64Array, b: Float64Array): number {
  let [both, left, right] = [0, 0, 0];
  a.forEach((value, i) => {
    both += value * b[i];
    left += value ** 2;
    right += b[i] ** 2;
  });
  return both / Math.sqrt(left * right);
}

const COLUMNS = 128;

/** Rounds a matrix of the ramp and inputs with columns of growing size to 8 bits, with and without equalisation. */
function equalisedError(ramp: Float64Array): number {
  const inputs = Float64Array.from({ length: WEIGHTS }, (_, i) => Math.sin(i) * (1 + (i % COLUMNS)));
  const factors = equalisationFactors(columnMaxima(ramp), columnMaxima(inputs));
  const scaled = (values: Float64Array, by: (factor: number) => number) =>
    values.map((value, i) => value * by(factors[i % COLUMNS]));
  const exact = product(inputs, ramp);
  const error = (x: Float64Array, w: Float64Array) => {
    const whole = (values: Float64Array) => roundedInGroups(values, 8, values.length);
    return product(whole(x), whole(w)).reduce((sum, value, i) => sum + (value - exact[i]) ** 2, 0);
  };
  const divided = scaled(ramp, (factor) => 1 / factor);
  return (
    error(
      scaled(inputs, (factor) => factor),
      divided,
    ) / error(inputs, ramp)
  );
}

function columnMaxima(values: Float64Array): Float64Array {
  const maxima = new Float64Array(COLUMNS);
  values.forEach((value, i) => (maxima[i % COLUMNS] = Math.max(maxima[i % COLUMNS], Math.abs(value))));
  return maxima;
}

/** X · Wᵀ, both [rows, COLUMNS]. */
function product(x: Float64Array, w: Float64Array): Float64Array {
  const rows = x.length / COLUMNS;
  return Float64Array.from({ length: rows * rows }, (_, i) => {
    const [row, out] = [Math.floor(i / rows), i % rows];
    let sum = 0;
    for (let k = 0; k < COLUMNS; k++) sum += x[row * COLUMNS + k] * w[out * COLUMNS + k];
    return sum;
  });
}

function smoothingChange(values: Float64Array): number {
  const moved = smoothActivations(values, SHARE);
  const squares = (of: (i: number) => number) => values.reduce((sum, _, i) => sum + of(i) ** 2, 0);
  return squares((i) => moved[i] - values[i]) / squares((i) => values[i]);
}
