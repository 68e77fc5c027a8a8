import { Cancelled, describeError, LabError, throwIfAborted } from '../base/errors';
import { unlessAborted } from './abort';
import type { Gpu } from '../gpu/gpu';
import type { Model } from '../models/model';
import { ATTENTION_SHAPES, attentionCase, attentionFlops } from './cases/attention';
import { copyCase } from './cases/copy';
import { forwardCase } from './cases/forward';
import { MATMUL_SHAPES, matmulCase, productFlops, type ProductShape } from './cases/matmul';
import { MATMULS_ONLY, modelMatmulsCase } from './cases/modelMatmuls';
import { PACKED_CODECS, PACKED_SHAPES, packedCase, packedCodecs } from './cases/packed';
import { tunedChoices, type BenchContext } from './context';
import type { PeerRuntime } from './peer/runtime';
import { DEFAULT_RUNNER, runCase } from './runner';
import type { BenchCase, BenchResult, RunnerOptions } from './types';

export const BENCH_KINDS = ['matmul', 'attention', 'forward'] as const;
export type BenchKind = (typeof BENCH_KINDS)[number];

/** The parts of the lab that the benchmark uses. */
export interface BenchHost {
  gpu: Gpu;
  openModel(id: string, signal?: AbortSignal): Promise<Model>;
}

export interface BenchOptions {
  kinds: readonly BenchKind[];
  /** Ids or folders of models for `forward`. */
  models: readonly string[];
  /**
   * Loads the peer. Without one only our kernels are timed, by timestamps if the device has them. A failure to load it is
   * noted in every row.
   */
  peer?: () => Promise<PeerRuntime>;
  secondsPerCase?: number;
  /** Whether shapes are small, so that no single call on a software adapter delays an abort for long. */
  short?: boolean;
}

/** The result of a case, and the progress of the benchmark. */
export interface BenchStep {
  result: BenchResult;
  done: number;
  total: number;
}

/**
 * Runs the benchmark case by case; each is verified, then timed. A case that cannot run here gives a row with the reason;
 * only an abort or a lost device ends the benchmark.
 * @throws LabError device-lost, bad-plan for an unknown model id; Cancelled at our next submit, or immediately while the peer
 * runs
 */
export async function* runBenchmark(
  host: BenchHost,
  options: BenchOptions,
  signal?: AbortSignal,
): AsyncGenerator<BenchStep> {
  const context = await openContext(host, options, signal);
  const runner = runnerOptions(host.gpu, options);
  const cases = await planCases(host, context, options);
  let done = 0;
  for (const open of cases) {
    throwIfAborted(signal);
    const result = await runOne(open, runner, signal);
    done++;
    const peerNote = [context.peerNote, result.peerNote].filter(Boolean).join('; ');
    yield { result: { ...result, peerNote }, done, total: cases.length };
  }
}

/** A case before it is opened. Models are loaded only when they are needed. */
interface PlannedCase {
  name: string;
  shape: string;
  open(signal?: AbortSignal): Promise<BenchCase> | BenchCase;
}

async function openContext(
  host: BenchHost,
  options: BenchOptions,
  signal?: AbortSignal,
): Promise<BenchContext> {
  const { gpu } = host;
  const { peer, note } = await openPeer(options, signal);
  return {
    gpu,
    peer,
    peerNote: note,
    timer: peer ? 'wall-clock' : 'timestamp',
    ...tunedChoices(gpu, signal),
    tokens: options.short ? 64 : 256,
    images: options.short ? 1 : 4,
    peerForwardFlops: options.short && gpu.info.software ? SHORT_FLOPS : Infinity,
  };
}

async function openPeer(
  { peer }: BenchOptions,
  signal?: AbortSignal,
): Promise<{ peer?: PeerRuntime; note: string }> {
  if (!peer) return { note: '' };
  try {
    return { peer: await unlessAborted(peer(), signal), note: '' };
  } catch (error) {
    throwIfAborted(signal);
    return { note: describeError(error).message };
  }
}

function runnerOptions(gpu: Gpu, { secondsPerCase, short }: BenchOptions): RunnerOptions {
  const seconds = secondsPerCase ?? (short ? 1 : DEFAULT_RUNNER.secondsPerCase);
  return { ...DEFAULT_RUNNER, secondsPerCase: seconds, softwareAdapter: gpu.info.software };
}

/** Operations of one call of the peer on a software adapter, which should take less than half a second. */
const SHORT_FLOPS = 1.2e8;
/** The same of attention, of which the peer's operators do a tenth on a software adapter. */
const SHORT_ATTENTION_FLOPS = 1.2e7;

/** Returns all cases of the options in the order in which they run. */
async function planCases(
  host: BenchHost,
  context: BenchContext,
  options: BenchOptions,
): Promise<PlannedCase[]> {
  const packed = options.kinds.includes('matmul') ? await packedCodecs(PACKED_CODECS) : [];
  const fits = (shape: ProductShape) => !options.short || productFlops(shape) <= SHORT_FLOPS;
  const attends = ATTENTION_SHAPES.filter(
    (shape) => !options.short || attentionFlops(shape) <= SHORT_ATTENTION_FLOPS,
  );
  const ready = (benchCase: BenchCase): PlannedCase => ({
    name: benchCase.name,
    shape: benchCase.shape,
    open: () => benchCase,
  });
  const kinds: Record<BenchKind, () => PlannedCase[]> = {
    matmul: () => [
      ...MATMUL_SHAPES.filter(fits).map((shape) => ready(matmulCase(context, shape))),
      ...packed.flatMap((codec) =>
        PACKED_SHAPES.filter(fits).map((shape) => ready(packedCase(context, codec, shape))),
      ),
      ready(copyCase(context)),
    ],
    attention: () => attends.map((shape) => ready(attentionCase(context, shape))),
    forward: () => options.models.flatMap((id) => forwardCases(host, context, id, options)),
  };
  return BENCH_KINDS.filter((kind) => options.kinds.includes(kind)).flatMap((kind) => kinds[kind]());
}

/**
 * Returns the cases of a model: its forward pass against the peer's and, with a peer, against the peer's matrix products
 * alone.
 */
function forwardCases(
  host: BenchHost,
  context: BenchContext,
  id: string,
  { short }: BenchOptions,
): PlannedCase[] {
  let model: Promise<Model> | undefined;
  const opened = (signal?: AbortSignal) => (model ??= host.openModel(id, signal));
  const whole: PlannedCase = {
    name: `forward ${id}`,
    shape: '',
    open: async (signal) => forwardCase(context, await opened(signal)),
  };
  const matmuls: PlannedCase = {
    name: `${id}${MATMULS_ONLY}`,
    shape: '',
    open: async (signal) => modelMatmulsCase(context, await opened(signal)),
  };
  return context.peer && !short ? [whole, matmuls] : [whole];
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
    return failed(planned, error);
  }
}

function failed({ name, shape }: PlannedCase, error: unknown): BenchResult {
  const { message, remedy } = describeError(error);
  const verdict = { ok: false, maxError: Number.POSITIVE_INFINITY, note: `${message} ${remedy}` };
  return {
    name,
    shape,
    unit: 'GFLOP/s',
    ours: { name: 'ours', verdict, measurement: null },
    peer: null,
    peerNote: '',
    ratio: null,
    flags: [],
  };
}
