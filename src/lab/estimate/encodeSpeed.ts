import type { Processor } from '../../artefact/processor';
import { resolveCodec } from '../../codecs/contract/registry';
import { workOf } from '../../codecs/contract/work';
import type { Lab } from '../lab';
import type { DeviceSpeed } from './deviceSpeed';

/** The matrix that is encoded to time an encoder: small enough for the references on one core, in plain code. */
const SHAPE = [128, 256] as const;
/** Its codec searches 25 ranges for each group, so that the operations outweigh the overheads. */
const CODEC = { id: 'rtn', options: { bits: 4, group: '32', scheme: 'asymmetric', clip: true } };
/** Smallest share of the measured time that counts as operations, where overheads take nearly all of it. */
const MIN_SHARE = 0.1;

/** A matrix to time, with its codec. */
async function timedEncoding() {
  const codec = await resolveCodec(CODEC);
  const values = Float32Array.from({ length: SHAPE[0] * SHAPE[1] }, (_, i) => Math.sin(i * i));
  return {
    codec,
    tensor: { name: 'a timed matrix', shape: SHAPE, values },
    work: workOf(codec, SHAPE, CODEC.options),
  };
}

const TIMED_RUNS = 3;

/** Returns the milliseconds of the fastest run after the first, which compiles shaders. The code of references gets faster run by run. */
async function fastestRunMs(run: () => Promise<unknown>): Promise<number> {
  await run();
  let fastest = Infinity;
  for (let i = 0; i < TIMED_RUNS; i++) {
    const started = performance.now();
    await run();
    fastest = Math.min(fastest, performance.now() - started);
  }
  return Math.max(fastest, 0.05);
}

/**
 * Times the encoding of a small matrix where the lab encodes.
 * @returns operations per second, as `encodeWork` of the codecs counts them
 */
export async function measureEncoding(
  { processor }: Pick<Lab, 'processor'>,
  { dispatchMs, waitMs }: Pick<DeviceSpeed, 'dispatchMs' | 'waitMs'>,
  signal?: AbortSignal,
): Promise<number> {
  const { codec, tensor, work } = await timedEncoding();
  const elapsedMs = await fastestRunMs(() =>
    processor.encode(codec, tensor, CODEC.options, { seed: 1, signal }),
  );
  const workMs = elapsedMs - work.dispatches * dispatchMs - work.waits * waitMs;
  return (1000 * work.gpu) / Math.max(workMs, MIN_SHARE * elapsedMs);
}

/** Times the search for opponents on a small matrix, where the references do it. @returns operations per second */
export async function measureSearch(processor: Processor, signal?: AbortSignal): Promise<number> {
  const { codec, tensor, work } = await timedEncoding();
  const search = () => processor.squaredError(codec, tensor, CODEC.options, { seed: 1, signal });
  return (1000 * work.gpu) / (await fastestRunMs(search));
}

/** What was estimated and what was measured for the codecs of this session, in milliseconds. */
const history = new WeakMap<Processor, { estimated: number; measured: number }>();
/** Bounds of the correction: a larger one would rather be a disturbance of the measurement. */
const MAX_FACTOR = 10;

/** Remembers how long compressing took, and what was estimated, in milliseconds. Later estimates are corrected by it. */
export function recordEncoding(processor: Processor, estimated: number, measured: number): void {
  if (!(estimated > 0 && measured > 0)) return;
  const sums = history.get(processor) ?? { estimated: 0, measured: 0 };
  history.set(processor, { estimated: sums.estimated + estimated, measured: sums.measured + measured });
}

/** Returns the time that compressing took so far, divided by what was estimated; 1 if nothing was compressed yet. */
export function encodeCorrection(processor: Processor): number {
  const sums = history.get(processor);
  if (!sums) return 1;
  return Math.min(MAX_FACTOR, Math.max(1 / MAX_FACTOR, sums.measured / sums.estimated));
}
