import { invariant } from '../base/errors';
import { DENSE_SIDE, denseSide, PEER_DENSE, PEER_NBITS, peerDenseSide, type GemmSide } from './cases/gemm';
import { INT4_SIDE, int4Sides, LOW_BIT_SIDES, lowBitSides } from './cases/lowBit';
import { productFlops, seededProduct, type ProductShape } from './cases/matmul';
import type { BenchContext } from './context';
import { runGemm, type GemmRow } from './gemm';
import type { RunnerOptions } from './types';

/** Matrix products of published models by name, K × N of each distinct layer; the last one is the head. */
export const PEER_LAYERS: Readonly<Record<string, readonly (readonly [k: number, n: number])[]>> = {
  stories15M: [
    [288, 288],
    [288, 768],
    [768, 288],
    [288, 32_000],
  ],
  distilgpt2: [
    [768, 768],
    [768, 2304],
    [768, 3072],
    [3072, 768],
    [768, 50_257],
  ],
  'ViT-B': [
    [768, 768],
    [768, 3072],
    [3072, 768],
    [768, 1000],
  ],
};
export const PEER_ROWS: readonly number[] = [1, 16, 256];

/** What is compared: float32 and int4 products with the peer's, and products of integer weights with our float32 product. */
export const PEER_KINDS = ['float32', 'int4', 'low-bit'] as const;
export type PeerKind = (typeof PEER_KINDS)[number];

/** The sides of a comparison, and the names of which is divided by which. */
interface Comparison {
  sides: (context: BenchContext, shape: ProductShape) => GemmSide[];
  ours: readonly string[];
  to: string;
  /** FLOPs of a product above which it takes a software adapter minutes and is left out. */
  softwareFlops: number;
}

const COMPARISONS: Readonly<Record<PeerKind, Comparison>> = {
  float32: {
    sides: (context, shape) => {
      const product = seededProduct(shape);
      const { peer } = context;
      return [denseSide(context, product), ...(peer ? [peerDenseSide(context, peer, product)] : [])];
    },
    ours: [DENSE_SIDE],
    to: PEER_DENSE,
    softwareFlops: 2e10,
  },
  int4: { sides: int4Sides, ours: [INT4_SIDE], to: `${PEER_NBITS} 4 bit`, softwareFlops: 5e9 },
  'low-bit': {
    sides: (context, shape) => [denseSide(context, seededProduct(shape)), ...lowBitSides(context, shape)],
    ours: LOW_BIT_SIDES,
    to: DENSE_SIDE,
    softwareFlops: 5e9,
  },
};

/** A product of one kind and shape. */
export interface PeerProduct {
  kind: PeerKind;
  shape: ProductShape;
}

/** Returns each distinct product of the models once, without those that take a software adapter minutes. */
export function peerProducts(
  { software }: { software: boolean },
  { kinds, layers, rows }: { kinds: readonly PeerKind[]; layers: readonly string[]; rows: readonly number[] },
): PeerProduct[] {
  const distinct = new Map(layers.flatMap((name) => PEER_LAYERS[name]).map((layer) => [layer.join(), layer]));
  return kinds.flatMap((kind) =>
    rows.flatMap((m) =>
      [...distinct.values()]
        .map(([k, n]): PeerProduct => ({ kind, shape: [m, k, n] }))
        .filter(({ shape }) => !software || productFlops(shape) <= COMPARISONS[kind].softwareFlops),
    ),
  );
}

/** One of our products beside another one. */
export interface PeerRow {
  kind: PeerKind;
  /** Number of rows, columns and outputs, [M, K, N]. */
  shape: ProductShape;
  ours: string;
  /** The name of the product it is compared with. */
  to: string;
  /** Median GFLOP/s; null for a side that did not verify or cannot run here. */
  ourRate: number | null;
  otherRate: number | null;
  /** Seconds of the other side ÷ ours, sampled alternately, with a 95 % interval; null unless both verified. */
  ratio: { median: number; ci95: [number, number] } | null;
  /** Whether our product agrees with float64. */
  verified: boolean;
  /** The check of each side with its largest error, or the reason why a side did not run. */
  note: string;
}

/** Verifies both sides of a product, then times those that verified alternately. @throws LabError device-lost; Cancelled */
export async function runPeerProduct(
  context: BenchContext,
  { kind, shape }: PeerProduct,
  runner: RunnerOptions,
  signal?: AbortSignal,
): Promise<PeerRow[]> {
  const { sides, ours, to } = COMPARISONS[kind];
  const rows = await runGemm(context, shape, { runner, sides: sides(context, shape) }, signal);
  const other = rows.find(({ name }) => name === to);
  return ours.map((name) => {
    const row = rows.find((candidate) => candidate.name === name);
    invariant(row, `no side ${name}`);
    const ratio = row.ratios.find((candidate) => candidate.to === to);
    return {
      ...{ kind, shape, ours: name, to },
      ourRate: row.rate?.median ?? null,
      otherRate: other?.rate?.median ?? null,
      ratio: ratio ? { median: ratio.median, ci95: ratio.ci95 } : null,
      verified: row.verdict.ok,
      note: [row, ...(other ? [other] : [])].map(checkText).join('; '),
    };
  });
}

function checkText({ name, verdict }: GemmRow): string {
  const { ok, maxError, note } = verdict;
  if (!Number.isFinite(maxError)) return `${name}: ${note}`;
  return `${name}: ${ok ? 'verified' : 'FAIL'}, error ${maxError.toExponential(1)}`;
}

/** A goal for the ratios of some rows: their geometric mean, or each of them, is at least a number. */
interface PeerTarget {
  what: string;
  statistic: 'geometric mean' | 'minimum';
  atLeast: number;
  covers(row: PeerRow): boolean;
}

const PEER_TARGETS: readonly PeerTarget[] = [
  target('float32, M = 1', 'geometric mean', 8, (row) => row.kind === 'float32' && row.shape[0] === 1),
  target('float32, M > 1', 'geometric mean', 2, (row) => row.kind === 'float32' && row.shape[0] > 1),
  target('float32', 'minimum', 1.3, ({ kind }) => kind === 'float32'),
  ...PEER_ROWS.map((m) =>
    target(`int4, M = ${m}`, 'geometric mean', 3, ({ kind, shape }) => kind === 'int4' && shape[0] === m),
  ),
  ...LOW_BIT_SIDES.map((side) =>
    target(`${side}, M > 1, against our float32`, 'geometric mean', 1, (row) => isManyRows(row, side)),
  ),
];

function target(
  what: string,
  statistic: PeerTarget['statistic'],
  atLeast: number,
  covers: PeerTarget['covers'],
): PeerTarget {
  return { what, statistic, atLeast, covers };
}

function isManyRows({ kind, ours, shape }: PeerRow, side: string): boolean {
  return kind === 'low-bit' && ours === side && shape[0] > 1;
}

/** A target with what was measured. */
export interface TargetResult {
  target: PeerTarget;
  /** Number of ratios. */
  products: number;
  value: number;
  /** The product with the smallest ratio. */
  slowest: PeerRow;
  reached: boolean;
}

/** Returns the targets of which at least one product was measured. */
export function targetResults(rows: readonly PeerRow[]): TargetResult[] {
  return PEER_TARGETS.flatMap((one) => {
    const measured = rows.filter((row) => row.ratio && one.covers(row));
    if (measured.length === 0) return [];
    const ratios = measured.map(({ ratio }) => ratio!.median);
    const slowest = measured[ratios.indexOf(Math.min(...ratios))];
    const value = one.statistic === 'minimum' ? Math.min(...ratios) : geometricMean(ratios);
    return [{ target: one, products: measured.length, value, slowest, reached: value >= one.atLeast }];
  });
}

/** Returns (∏ values)^(1/n) of positive numbers. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
