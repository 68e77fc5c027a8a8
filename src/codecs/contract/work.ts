import type { Codec, EncodeWork, MatrixShape } from './codec';
import type { CodecOptions } from './meta';

/** Operations per n³ of inverting an n × n matrix and factoring the inverse (src/calibrate/cholesky.ts). */
export const INVERSE_CHOLESKY_OPERATIONS = 2 / 3;
/** Operations per n³ of the Cholesky factor of an n × n matrix. */
export const CHOLESKY_OPERATIONS = 1 / 3;

/** Adds the work of several steps. */
export function addWork(...steps: readonly EncodeWork[]): Required<EncodeWork> {
  const sum = (of: keyof EncodeWork) => steps.reduce((total, step) => total + (step[of] ?? 0), 0);
  return {
    gpu: sum('gpu'),
    dispatches: sum('dispatches'),
    waits: sum('waits'),
    host: sum('host'),
    sharedHost: sum('sharedHost'),
  };
}

/** Multiplies work by a number of repetitions. */
export function timesWork(times: number, work: EncodeWork): Required<EncodeWork> {
  const { gpu, dispatches, waits, host, sharedHost } = addWork(work);
  return {
    gpu: times * gpu,
    dispatches: times * dispatches,
    waits: times * waits,
    host: times * host,
    sharedHost: times * sharedHost,
  };
}

/** Operations per weight of codecs that do not state their work. */
const DEFAULT_COST = 40;

/** Estimates the work of encoding with a codec. A codec that does not state its work counts as plain rounding. */
export function workOf(codec: Codec, shape: MatrixShape, options: CodecOptions): EncodeWork {
  return (
    codec.encodeWork?.(shape, options) ?? { gpu: DEFAULT_COST * shape[0] * shape[1], dispatches: 3, waits: 2 }
  );
}
