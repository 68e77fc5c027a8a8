import { Cancelled, describeError, LabError, throwIfAborted } from '../base/errors';
import type { Gpu } from '../gpu/gpu';
import type { Model } from '../models/model';
import { DenseTuner } from '../runtime/autotune';
import { ATTENTION_SHAPES, attentionCase } from './cases/attention';
import { copyCase } from './cases/copy';
import { forwardCase } from './cases/forward';
import { MATMUL_SHAPES, matmulCase, type ProductShape } from './cases/matmul';
import { MATMULS_ONLY, modelMatmulsCase } from './cases/modelMatmuls';
import { PACKED_CODECS, PACKED_SHAPES, packedCase } from './cases/packed';
import type { BenchContext } from './context';
import type { PeerRuntime } from './peer/runtime';
import { DEFAULT_RUNNER, runCase } from './runner';
import type { BenchCase, BenchResult, RunnerOptions } from './types';

export const BENCH_KINDS = ['matmul', 'attention', 'forward'] as const;
export type BenchKind = (typeof BENCH_KINDS)[number];

/** What the benchmark needs from the lab around it. */
export interface BenchHost {
  gpu: Gpu;
  openModel(id: string, signal?: AbortSignal): Promise<Model>;
}

export interface BenchOptions {
  kinds: readonly BenchKind[];
  /** Ids or folders for `forward`. */
  models: readonly string[];
  /**
   * Loads the peer; without one our kernels are timed alone, by timestamps where the device has them. A failure to load it is
   * noted in every row.
   */
  peer?: () => Promise<PeerRuntime>;
  secondsPerCase?: number;
  /** Smaller shapes for a page on a software adapter: no single call holds Stop up for long. */
  short?: boolean;
}

/** One case that has been run, and how many there are in all. */
export interface BenchStep {
  result: BenchResult;
  done: number;
  total: number;
}

/**
 * Runs the benchmark case by case: each is verified, then timed. A case that cannot run here is a row that says why; only
 * Stop and a lost device end the benchmark.
 * @throws Cancelled within one call of the peer or one submit of ours; LabError device-lost, bad-plan for an unknown model id
 */
export async function* runBenchmark(
  host: BenchHost,
  options: BenchOptions,
  signal?: AbortSignal,
): AsyncGenerator<BenchStep> {
  const context = await openContext(host, options, signal);
  const runner = runnerOptions(host.gpu, options);
  const cases = planCases(host, context, options);
  let done = 0;
  for (const open of cases) {
    throwIfAborted(signal);
    const result = await runOne(open, runner, signal);
    done++;
    const peerNote = [context.peerNote, result.peerNote].filter(Boolean).join('; ');
    yield { result: { ...result, peerNote }, done, total: cases.length };
  }
}

/** A case by name; models are opened when their turn comes. */
interface PlannedCase {
  name: string;
  open(signal?: AbortSignal): Promise<BenchCase> | BenchCase;
}

async function openContext(
  host: BenchHost,
  options: BenchOptions,
  signal?: AbortSignal,
): Promise<BenchContext> {
  const { gpu } = host;
  const { peer, note } = await openPeer(options);
  throwIfAborted(signal);
  return {
    gpu,
    peer,
    peerNote: note,
    timer: peer ? 'wall-clock' : 'timestamp',
    choose: new DenseTuner(gpu, new Map(), signal).choose,
    tokens: options.short ? 64 : 256,
    images: options.short ? 1 : 4,
  };
}

async function openPeer({ peer }: BenchOptions): Promise<{ peer?: PeerRuntime; note: string }> {
  try {
    return { peer: await peer?.(), note: '' };
  } catch (error) {
    return { note: describeError(error).message };
  }
}

function runnerOptions(gpu: Gpu, { secondsPerCase, short }: BenchOptions): RunnerOptions {
  const seconds = secondsPerCase ?? (short ? 1 : DEFAULT_RUNNER.secondsPerCase);
  return { ...DEFAULT_RUNNER, secondsPerCase: seconds, softwareAdapter: gpu.info.software };
}

const SHORT_FLOPS = 3e8;

/** Every case of these options, in the order they run. */
export function planCases(host: BenchHost, context: BenchContext, options: BenchOptions): PlannedCase[] {
  const fits = ([m, k, n]: ProductShape) => !options.short || 2 * m * k * n <= SHORT_FLOPS;
  const ready = (benchCase: BenchCase): PlannedCase => ({ name: benchCase.name, open: () => benchCase });
  const kinds: Record<BenchKind, () => PlannedCase[]> = {
    matmul: () => [
      ...MATMUL_SHAPES.filter(fits).map((shape) => ready(matmulCase(context, shape))),
      ...PACKED_CODECS.flatMap((codec) =>
        PACKED_SHAPES.filter(fits).map((shape) => ready(packedCase(context, codec, shape))),
      ),
      ready(copyCase(context)),
    ],
    attention: () => ATTENTION_SHAPES.map((shape) => ready(attentionCase(context, shape))),
    forward: () => options.models.flatMap((id) => forwardCases(host, context, id)),
  };
  return BENCH_KINDS.filter((kind) => options.kinds.includes(kind)).flatMap((kind) => kinds[kind]());
}

/** The whole model against the whole model and, with a peer, against the peer's matrix products alone. */
function forwardCases(host: BenchHost, context: BenchContext, id: string): PlannedCase[] {
  let model: Promise<Model> | undefined;
  const opened = (signal?: AbortSignal) => (model ??= host.openModel(id, signal));
  const whole: PlannedCase = {
    name: `forward ${id}`,
    open: async (signal) => forwardCase(context, await opened(signal)),
  };
  const matmuls: PlannedCase = {
    name: `forward ${id}${MATMULS_ONLY}`,
    open: async (signal) => modelMatmulsCase(context, await opened(signal)),
  };
  return context.peer ? [whole, matmuls] : [whole];
}

async function runOne(
  planned: PlannedCase,
  runner: RunnerOptions,
  signal?: AbortSignal,
): Promise<BenchResult> {
  try {
    return await runCase(await planned.open(signal), runner, signal);
  } catch (error) {
    if (error instanceof Cancelled || (error instanceof LabError && error.code === 'device-lost'))
      throw error;
    throwIfAborted(signal);
    return failed(planned.name, error);
  }
}

function failed(name: string, error: unknown): BenchResult {
  const { message, remedy } = describeError(error);
  const verdict = { ok: false, maxError: Number.POSITIVE_INFINITY, note: `${message} ${remedy}` };
  return {
    name,
    shape: '',
    unit: 'GFLOP/s',
    ours: { name: 'ours', verdict, measurement: null },
    peer: null,
    peerNote: '',
    ratio: null,
    flags: [],
  };
}
