import type { EncodeWork } from '../../codecs/contract/codec';
import { gpuJob } from '../../codecs/kit/gpuJob';
import { addWork } from '../../codecs/contract/work';
import type { Gpu } from '../../gpu/gpu';

/** The speeds of what measures and of what encodes, measured when a plan is opened. Times are estimated from them. */
export interface DeviceSpeed {
  /** Floating-point operations per second of the model's own forward pass, on what measures. */
  flopsPerSecond: number;
  /** Operations per second of carrying calibration data through the model. */
  calibrateFlopsPerSecond: number;
  /** Operations per second of encoding: on the adapter, or by the references without one. */
  encodeFlopsPerSecond: number;
  /** Whether the references encode, because there is no adapter. */
  encodesByReferences: boolean;
  /** Operations per second of the search for opponents, where the references do it; otherwise it encodes and decodes. */
  searchFlopsPerSecond?: number;
  /** Time that compressing took in this session, divided by what was estimated; 1 before the first codec. */
  encodeCorrection: number;
  /** Milliseconds of a dispatch with almost no work. */
  dispatchMs: number;
  /** Milliseconds of waiting for a small result. */
  waitMs: number;
}

/** Float64 operations per second of JavaScript loops on one processor core, as timed on src/calibrate/cholesky.ts. */
const HOST_FLOPS = 1.5e9;
const DISPATCHES = 128;
const WAITS = 8;

/** Times small steps as encoders take them: recorded, run, and read back. @throws Cancelled */
export async function measureOverheads(
  { gpu }: { gpu?: Gpu },
  signal?: AbortSignal,
): Promise<Pick<DeviceSpeed, 'dispatchMs' | 'waitMs'>> {
  if (!gpu) return { dispatchMs: 0, waitMs: 0 };
  const copy = (times: number) =>
    gpuJob({ gpu, signal }, async ({ scope, dispatch, run, read }) => {
      const bindings = {
        x: scope.upload(new Float32Array(1), 'one number'),
        out: scope.allocate(4, 'the same'),
      };
      const params = { rows: 1, columns: 1, stride: 1, column: 0 };
      for (let i = 0; i < times; i++)
        await dispatch('calibrate/transpose', { params, bindings, threads: 1, cost: 1 });
      await run();
      await read(bindings.out, 4);
    });
  await copy(1);
  const waitMs = (await timed(() => repeat(WAITS, () => copy(1)))) / WAITS;
  const dispatchMs = (await timed(() => copy(DISPATCHES))) / DISPATCHES;
  return { dispatchMs, waitMs };
}

async function repeat(times: number, work: () => Promise<void>): Promise<void> {
  for (let i = 0; i < times; i++) await work();
}

/** Estimates the milliseconds of encoding work. `sharedHost` is left out, since the caller counts it once. */
export function workMs(work: EncodeWork, deviceSpeed: DeviceSpeed): number {
  const { gpu, dispatches, waits, host } = addWork(work);
  return (
    flopsMs(gpu, deviceSpeed.encodeFlopsPerSecond) +
    dispatches * deviceSpeed.dispatchMs +
    waits * deviceSpeed.waitMs +
    hostMs(host)
  );
}

/** Returns the milliseconds of some operations at a rate. */
export function flopsMs(flops: number, flopsPerSecond: number): number {
  return (1000 * flops) / flopsPerSecond;
}

function hostMs(operations: number): number {
  return (1000 * operations) / HOST_FLOPS;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
