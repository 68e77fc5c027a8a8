import { Cancelled, describeError, LabError, throwIfAborted } from '../base/errors';
import { copyCase } from './cases/copy';
import { DENSE_SIDE, gemmSides, PEER_DENSE, PEER_NBITS, type GemmSide } from './cases/gemm';
import { gemmProblem } from './cases/gemmProblem';
import type { ProductShape } from './cases/matmul';
import { productFlops } from './cases/matmul';
import type { BenchContext } from './context';
import { free, pairedRatio, runCase, takeSamples, UNIT_SCALE, verified, type Side } from './runner';
import type { BenchFlag, Candidate, Measurement, RunnerOptions, Verdict } from './types';

/** The result of one side of a product. */
export interface GemmRow {
  shape: ProductShape;
  name: string;
  verdict: Verdict;
  /** GFLOP/s; null if it did not verify or is not available. */
  rate: Measurement | null;
  /** GB/s at which the stored weights are read. */
  weightGBs: number | null;
  /** That rate relative to a copy's bandwidth. */
  copyShare: number | null;
  /** Seconds of another side ÷ seconds of this one, sampled alternately; above 1 this side is faster. */
  ratios: { to: string; median: number; ci95: [number, number] }[];
  flags: BenchFlag[];
}

/** Numbers of rows measured by default on hardware adapters: decoding, a short and a long prefill. */
export const GEMM_ROWS = [1, 16, 256];
export const GEMM_SIZES = [256, 1024, 2048, 4096];
/** Sizes for software adapters, which take minutes. */
export const SHORT_GEMM_ROWS = [1, 16];
export const SHORT_GEMM_SIZES = [256, 1024];

/** Names of the sides with which every other side is compared. */
const BASELINES = [DENSE_SIDE, PEER_DENSE, `${PEER_NBITS} 4 bit`, `${PEER_NBITS} 2 bit`];

/** GB/s of a device-to-device copy, counting reads and writes; null if it does not verify. */
export async function copyBandwidth(
  context: BenchContext,
  runner: RunnerOptions,
  signal?: AbortSignal,
): Promise<Measurement | null> {
  return (await runCase(copyCase(context), runner, signal)).ours.measurement;
}

/**
 * Verifies every side of a product, then times those that verified alternately. A side that cannot run here gives a row with
 * the reason.
 * @param copyGBs the result of `copyBandwidth`
 * @throws LabError device-lost; Cancelled
 */
export async function runGemm(
  context: BenchContext,
  shape: ProductShape,
  { runner, copyGBs, sides }: { runner: RunnerOptions; copyGBs?: number; sides?: readonly GemmSide[] },
  signal?: AbortSignal,
): Promise<GemmRow[]> {
  const open: Candidate[] = [];
  try {
    const measured: [GemmSide, Side][] = [];
    for (const side of sides ?? gemmSides(context, gemmProblem(shape)))
      measured.push([side, await openSide(side, open, runner, signal)]);
    await takeSamples(
      measured.flatMap(([, { sampler }]) => sampler ?? []),
      runner,
      signal,
    );
    return measured.map(([side, result]) => rowOf(shape, side, result, measured, copyGBs));
  } finally {
    await free(open, signal);
  }
}

async function openSide(
  side: GemmSide,
  open: Candidate[],
  runner: RunnerOptions,
  signal?: AbortSignal,
): Promise<Side> {
  throwIfAborted(signal);
  try {
    const candidate = await side.open(signal);
    open.push(candidate);
    return await verified(candidate, runner, signal);
  } catch (error) {
    if (error instanceof Cancelled || (error instanceof LabError && error.code === 'device-lost'))
      throw error;
    throwIfAborted(signal);
    const note = `not available: ${describeError(error).message.split('\n')[0].slice(0, 160)}`;
    return { name: side.name, verdict: { ok: false, maxError: Infinity, note } };
  }
}

function rowOf(
  shape: ProductShape,
  { name, weightBytes }: GemmSide,
  { verdict, sampler }: Side,
  all: readonly (readonly [GemmSide, Side])[],
  copyGBs: number | undefined,
): GemmRow {
  const rate = sampler?.measurement(productFlops(shape), UNIT_SCALE['GFLOP/s']) ?? null;
  const weightGBs = sampler?.measurement(weightBytes, UNIT_SCALE['GB/s'])?.median ?? null;
  const copyShare = weightGBs !== null && copyGBs !== undefined ? weightGBs / copyGBs : null;
  const ratios = BASELINES.flatMap((to) => {
    const other = all.find(([side]) => side.name === to && side.name !== name)?.[1];
    const ratio = pairedRatio(sampler, other?.sampler);
    return ratio ? [{ to, ...ratio }] : [];
  });
  return { shape, name, verdict, rate, weightGBs, copyShare, ratios, flags: sampler?.flags() ?? [] };
}

/** Returns the rows as a Markdown table. */
export function gemmTable(rows: readonly GemmRow[]): string {
  const head = [
    'M×K×N',
    'product',
    'GFLOP/s',
    'GB/s of weights',
    'of copy',
    ...BASELINES.map((to) => `÷ ${to}`),
    'verified',
  ];
  const lines = rows.map((row) => [
    row.shape.join('×'),
    row.name,
    row.rate ? interval(row.rate) : row.verdict.ok ? '–' : 'FAIL',
    row.weightGBs === null ? '–' : row.weightGBs.toPrecision(3),
    row.copyShare === null ? '–' : `${(100 * row.copyShare).toFixed(0)} %`,
    ...BASELINES.map((to) => ratioText(row, to)),
    verdictText(row),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function ratioText({ ratios }: GemmRow, to: string): string {
  const ratio = ratios.find((r) => r.to === to);
  return ratio ? `${interval(ratio)}×` : '–';
}

function verdictText({ verdict, flags }: GemmRow): string {
  const error = Number.isFinite(verdict.maxError) ? verdict.maxError.toExponential(1) : verdict.note;
  return [`${verdict.ok ? 'yes' : 'FAIL'} (${error})`, ...flags].join(', ');
}

function interval({ median, ci95 }: { median: number; ci95: readonly [number, number] }): string {
  return `${median.toPrecision(3)} [${ci95[0].toPrecision(3)}, ${ci95[1].toPrecision(3)}]`;
}

/**
 * Returns sentences about the bottleneck of products with one row. If weights are read well below the rate at which a copy
 * reads, which is half its bandwidth, the product is not limited by bandwidth. At that rate it is, unless the weights fit a
 * cache.
 */
export function vectorLines(rows: readonly GemmRow[]): string[] {
  return rows.flatMap(({ shape, name, copyShare, ratios }) => {
    const [m, k, n] = shape;
    if (m !== 1 || !name.startsWith('ternary') || copyShare === null) return [];
    const bound =
      copyShare >= BOUND_SHARE
        ? 'as fast as a copy reads, so limited by bandwidth or a cache'
        : 'so limited by arithmetic and dispatch, not by bandwidth';
    const ratio = ratios.find(({ to }) => to === DENSE_SIDE);
    const faster = ratio ? `, ${interval(ratio)}× ${DENSE_SIDE}` : '';
    const share = `${(100 * copyShare).toFixed(0)} % of a copy's bandwidth`;
    return [`${name}, 1×${k}×${n}: weights at ${share}, ${bound}${faster}.`];
  });
}

/**
 * Share of a copy's bandwidth from which a product counts as limited by it: 80 % of the copy's reads, which are half of it.
 */
const BOUND_SHARE = 0.4;
