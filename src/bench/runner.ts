import { summarize } from '../evaluate/statistics/summary';
import { throwIfAborted } from '../base/errors';
import { unlessAborted } from './abort';
import { Sampler } from './sampler';
import type { BenchCase, BenchResult, BenchUnit, Candidate, RunnerOptions, SideResult } from './types';

export const DEFAULT_RUNNER: Omit<RunnerOptions, 'softwareAdapter'> = {
  secondsPerCase: 4,
  targetHalfWidth: 0.03,
  sampleSeconds: 0.05,
  minSamples: 6,
  now: () => performance.now(),
};

const MAX_ROUNDS = 200;
/** Number of rounds that are always taken, since a single one has no spread. */
const MIN_ROUNDS = 3;

/** The scale of a unit: FLOPs and bytes are counted in 10⁹. */
export const UNIT_SCALE: Record<BenchUnit, number> = {
  'GFLOP/s': 1e9,
  'GB/s': 1e9,
  'tokens/s': 1,
  'images/s': 1,
};

/**
 * Verifies both sides of a case, then times those that verified alternately, so that drift from clocks or other load affects
 * both equally. A side that does not verify is listed with its error and never timed. A peer that fails gives a note, not an
 * error.
 * @throws LabError from the device; Cancelled
 */
export async function runCase(
  benchCase: BenchCase,
  options: RunnerOptions,
  signal?: AbortSignal,
): Promise<BenchResult> {
  const open: Candidate[] = [];
  try {
    const ours = await benchCase.ours(signal);
    open.push(ours);
    const { peer, note } = await openPeer(benchCase, signal);
    if (peer) open.push(peer);
    const sides = [];
    for (const candidate of open) sides.push(await verified(candidate, options, signal));
    await takeSamples(
      sides.flatMap((side) => side.sampler ?? []),
      options,
      signal,
    );
    return resultOf(benchCase, sides, note, options);
  } finally {
    await free(open, signal);
  }
}

/** Disposes of candidates. After an abort it does not wait for pending calls of the peer, which free their results later. */
export async function free(candidates: readonly Candidate[], signal?: AbortSignal): Promise<void> {
  const freed = Promise.allSettled(candidates.map(async (candidate) => candidate.dispose()));
  if (!signal?.aborted) await freed;
}

/** The verdict on a candidate, and its sampler if it has verified. */
export interface Side {
  name: string;
  verdict: SideResult['verdict'];
  sampler?: Sampler;
}

/** Verifies a candidate. A wrong one gets no sampler. */
export async function verified(
  candidate: Candidate,
  options: RunnerOptions,
  signal?: AbortSignal,
): Promise<Side> {
  throwIfAborted(signal);
  const verdict = await candidate.verify(signal);
  return { name: candidate.name, verdict, ...(verdict.ok && { sampler: new Sampler(candidate, options) }) };
}

/** Opens the peer's side. A failure, such as a missing operator or lack of memory, gives a note. */
async function openPeer(
  { peer }: BenchCase,
  signal?: AbortSignal,
): Promise<{ peer: Candidate | null; note: string }> {
  if (!peer) return { peer: null, note: '' };
  const opening = peer(signal);
  try {
    return { peer: await unlessAborted(opening, signal), note: '' };
  } catch (error) {
    if (signal?.aborted) void opening.then((late) => late.dispose()).catch(() => undefined);
    throwIfAborted(signal);
    return { peer: null, note: `peer not available: ${firstLine(error)}` };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0].slice(0, 160);
}

/** Samples in rounds, each starting with the next candidate, until every interval is narrow enough or the time is over. */
export async function takeSamples(
  samplers: readonly Sampler[],
  options: RunnerOptions,
  signal?: AbortSignal,
): Promise<void> {
  for (const sampler of samplers) await sampler.warmUp(signal);
  const end = options.now() + 1000 * options.secondsPerCase;
  for (let round = 0; round < MAX_ROUNDS && samplers.length > 0; round++) {
    for (const index of rotatedOrder(samplers.length, round)) {
      throwIfAborted(signal);
      await samplers[index].sample(signal);
    }
    if (round + 1 >= MIN_ROUNDS && options.now() >= end) return;
    if (samplers.every((s) => s.halfWidth() <= options.targetHalfWidth)) return;
  }
}

/** Returns the indices 0 … count − 1 rotated by the number of the round. */
export function rotatedOrder(count: number, round: number): number[] {
  return Array.from({ length: count }, (_, i) => (i + round) % count);
}

function resultOf(
  { name, shape, unit, work }: BenchCase,
  sides: readonly Side[],
  peerNote: string,
  options: RunnerOptions,
): BenchResult {
  const [ours, peer] = sides.map((side): SideResult => {
    const measurement = side.sampler?.measurement(work, UNIT_SCALE[unit]) ?? null;
    return { name: side.name, verdict: side.verdict, measurement };
  });
  const flags = new Set(sides.flatMap((side) => side.sampler?.flags() ?? []));
  if (options.softwareAdapter) flags.add('software-adapter');
  const ratio = pairedRatio(sides[0]?.sampler, sides[1]?.sampler);
  return { name, shape, unit, ours, peer: peer ?? null, peerNote, ratio, flags: [...flags] };
}

/** Returns the median of the peer's seconds ÷ our seconds over the rounds in which both samples are valid. */
export function pairedRatio(ours?: Sampler, peer?: Sampler): BenchResult['ratio'] {
  if (!ours || !peer) return null;
  const ratios = ours.seconds.map((s, i) => peer.seconds[i] / s).filter((r) => r > 0 && Number.isFinite(r));
  if (ratios.length === 0) return null;
  const { median, ci95 } = summarize(ratios);
  return { median, ci95: [ci95[0], ci95[1]] };
}
