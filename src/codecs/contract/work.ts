import type { Codec, EncodeWork, MatrixShape } from './codec';
import type { CodecOptions } from './meta';

/** Operations, divided by n³, of inverting an n × n matrix and factoring the inverse (src/calibrate/cholesky.ts). */
export const INVERSE_FACTOR = 2 / 3;
/** Operations, divided by n³, of a Cholesky factor of an n × n matrix. */
export const FACTOR = 1 / 3;

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

/** The work of doing the same `times` over. */
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
const PLAIN = 40;

/** The work of encoding with a codec, or that of plain rounding where the codec does not state it. */
export function workOf(codec: Codec, shape: MatrixShape, options: CodecOptions): EncodeWork {
  return codec.encodeWork?.(shape, options) ?? { gpu: PLAIN * shape[0] * shape[1], dispatches: 3, waits: 2 };
}
