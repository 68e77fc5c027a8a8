import { invariant } from '../base/errors';
import { roundHalfEven } from '../base/rounding';

/** How a linear layer quantises its input [rows, columns] before it multiplies. */
export type InputRounding = RowRounding | TimeRounding;

/**
 * As LLM.int8() and SmoothQuant do: each row of x · factors is rounded to 127ths of its largest magnitude, half away from zero, without
 * the outlier columns, which stay float32.
 */
export interface RowRounding {
  /** Factors [columns], none of them 0; absent if all are 1. The decoded weights are those that x itself is multiplied with. */
  factors?: Float32Array;
  /** Outlier columns, ascending. */
  outliers?: Uint32Array;
}

/**
 * By the time step of a diffusion model: x̂ = (q − z) · s with q = clamp(round(x · (1 ÷ s)) + z, 0, maxCode), where products are float32 and
 * halves are rounded to even.
 */
export interface TimeRounding {
  maxCode: number;
  /** By first time step, ascending from 0; none if the input is not rounded. */
  times: readonly TimeParameters[];
}

/** Scale and zero point of the time steps from `start` on. */
interface TimeParameters {
  start: number;
  /** A float32 above 0. */
  scale: number;
  /** An integer from 0 to the largest code. */
  zeroPoint: number;
}

/** Whether a layer rounds by the time step. */
export function roundsByTime(rounding: InputRounding): rounding is TimeRounding {
  return 'times' in rounding;
}

/** Returns a rounding of rows, in a model that knows no time steps. */
export function rowRounding(rounding: InputRounding): RowRounding {
  invariant(!roundsByTime(rounding), 'only diffusion models round by the time step');
  return rounding;
}

/** Returns the parameters of a time step. */
export function parametersAt({ times }: TimeRounding, timestep: number): TimeParameters {
  return times.findLast(({ start }) => start <= timestep)!;
}

/** Returns 1 ÷ scale in float32, by which executors multiply, because not every GPU divides exactly. */
export function inverseScale({ scale }: Pick<TimeParameters, 'scale'>): number {
  return Math.fround(1 / scale);
}

/** Rounds a value as `TimeRounding` says. */
export function roundedInput(x: number, parameters: Omit<TimeParameters, 'start'>, maxCode: number): number {
  const { scale, zeroPoint } = parameters;
  const code = roundHalfEven(Math.fround(Math.fround(x) * inverseScale(parameters))) + zeroPoint;
  return Math.fround((Math.min(maxCode, Math.max(0, code)) - zeroPoint) * scale);
}
