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

const MAX_SAMPLES = 200;
/** Taken however long they last: a single one has no spread at all. */
const LEAST_SAMPLES = 3;

/** FLOPs and bytes are counted in 10⁹. */
export const UNIT_SCALE: Record<BenchUnit, number> = {
  'GFLOP/s': 1e9,
  'GB/s': 1e9,
  'tokens/s': 1,
  'images/s': 1,
};

/**
 * Verifies both sides of a case, then times those that verified, in turns, so that drift (clocks, other load) hits both
 * alike. A side that does not verify is listed with its error and never timed.
 * @throws Cancelled when stopped; LabError from the device. A peer that fails is a note, not an error.
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

/** A stopped benchmark does not wait for calls of the peer that still run; they are freed when they return. */
export async function free(candidates: readonly Candidate[], signal?: AbortSignal): Promise<void> {
  const freed = Promise.allSettled(candidates.map(async (candidate) => candidate.dispose()));
  if (!signal?.aborted) await freed;
}

/** A candidate's verdict, and its sampler once it has verified. */
export interface Side {
  name: string;
  verdict: SideResult['verdict'];
  sampler?: Sampler;
}

/** Checks a candidate; one that is wrong gets no sampler. */
export async function verified(
  candidate: Candidate,
  options: RunnerOptions,
  signal?: AbortSignal,
): Promise<Side> {
  throwIfAborted(signal);
  const verdict = await candidate.verify(signal);
  return { name: candidate.name, verdict, ...(verdict.ok && { sampler: new Sampler(candidate, options) }) };
}

/** A peer that cannot be set up for a case (an operator it lacks, no memory) leaves our figure standing alone. */
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

/** Round-robin, the order turned by one each round, until every interval is narrow enough or time is up. */
export async function takeSamples(
  samplers: readonly Sampler[],
  options: RunnerOptions,
  signal?: AbortSignal,
): Promise<void> {
  for (const sampler of samplers) await sampler.warmUp(signal);
  const end = options.now() + 1000 * options.secondsPerCase;
  for (let round = 0; round < MAX_SAMPLES && samplers.length > 0; round++) {
    for (const index of turnOrder(samplers.length, round)) {
      throwIfAborted(signal);
      await samplers[index].sample(signal);
    }
    if (round + 1 >= LEAST_SAMPLES && options.now() >= end) return;
    if (samplers.every((s) => s.halfWidth() <= options.targetHalfWidth)) return;
  }
}

/** 0 … count − 1, starting one later each round. */
export function turnOrder(count: number, round: number): number[] {
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

/** Median of (peer's seconds ÷ our seconds) over rounds in which both samples are valid. */
export function pairedRatio(ours?: Sampler, peer?: Sampler): BenchResult['ratio'] {
  if (!ours || !peer) return null;
  const ratios = ours.seconds.map((s, i) => peer.seconds[i] / s).filter((r) => r > 0 && Number.isFinite(r));
  if (ratios.length === 0) return null;
  const { median, ci95 } = summarize(ratios);
  return { median, ci95: [ci95[0], ci95[1]] };
}
