import type { CodecContext, MatrixShape } from '../../../contract/codec';
import { gpuJob, recordApart, type GpuJob } from '../../gpuJob';
import { rowRanges } from '../../spans';
import type { LowRank, LowRankSettings } from './reference';

/** The fewest rows whose products one thread sums, and the most such blocks, which one workgroup adds. */
const BLOCK_ROWS = 64;
const MAX_BLOCKS = 32;

interface RowPart {
  buffer: GPUBuffer;
  firstRow: number;
  rows: number;
}

/** The kernel of A·v: one thread a row for software adapters (no barriers), one workgroup a row for the others. */
export type MultiplyVariant = 'rowPerThread' | 'rowPerWorkgroup';

interface Iteration {
  variant: MultiplyVariant;
  job: GpuJob;
  parts: RowPart[];
  rows: number;
  columns: number;
  blockRows: number;
  u: GPUBuffer;
  v: GPUBuffer;
  sums: GPUBuffer;
}

/**
 * Runs deflated power iteration on the GPU for A = values · diag(factors) [rows, columns]. The order of sums depends on the shape
 * alone. @throws Cancelled, LabError
 */
export function findLowRank(
  context: CodecContext,
  values: Float32Array,
  shape: MatrixShape,
  settings: LowRankSettings,
  factors?: Float32Array,
  variant: MultiplyVariant = context.gpu.info.software ? 'rowPerThread' : 'rowPerWorkgroup',
): Promise<LowRank> {
  return gpuJob(context, async (job) => {
    const iteration = { ...prepare(job, values, shape), variant };
    if (factors) await recordFactors(iteration, factors);
    return iterate(iteration, settings);
  });
}

function prepare(
  job: GpuJob,
  values: Float32Array,
  [rows, columns]: MatrixShape,
): Omit<Iteration, 'variant'> {
  const { gpu, scope } = job;
  const blockRows = Math.max(BLOCK_ROWS, Math.ceil(rows / MAX_BLOCKS));
  const ranges = rowRanges({ rows, columns }, gpu.maxBindingBytes, { align: blockRows });
  const parts = ranges.map(({ firstRow, rows: count }) => {
    const slice = values.subarray(firstRow * columns, (firstRow + count) * columns);
    return { buffer: scope.upload(slice, 'matrix'), firstRow, rows: count };
  });
  return {
    job,
    parts,
    rows,
    columns,
    blockRows,
    u: scope.allocate(4 * rows, 'u'),
    v: scope.allocate(4 * columns, 'v'),
    sums: scope.allocate(4 * columns * Math.ceil(rows / blockRows), 'sums'),
  };
}

async function recordFactors({ job, parts, columns }: Iteration, values: Float32Array): Promise<void> {
  const factors = job.scope.upload(values, 'column factors');
  for (const { buffer: a, rows } of parts)
    await job.dispatch('codecs/kit/tenpak/lowrankScale', {
      params: { count: rows * columns, columns },
      bindings: { factors, a },
      threads: rows * columns,
      cost: 4 * rows * columns,
    });
}

/** Records one round and repeats its commands; everything is submitted in bounded pieces. */
async function iterate(iteration: Iteration, { rank, rounds, starts }: LowRankSettings): Promise<LowRank> {
  const { job, rows, columns, blockRows, u, v, sums } = iteration;
  const { commands } = job.recorder;
  const rights = job.scope.upload(starts, 'right vectors');
  const lefts = job.scope.allocate(4 * rank * rows, 'left vectors');
  const start = await recordApart(job, () => recordNormalise(iteration, 1));
  const multiply = await recordApart(job, () => recordMultiply(iteration));
  const round = await recordApart(job, async () => {
    await recordMultiply(iteration);
    await recordTranspose(iteration);
    await recordNormalise(iteration, Math.ceil(rows / blockRows));
  });
  const deflate = await recordApart(job, () => recordDeflate(iteration));
  const copy = (
    source: GPUBuffer,
    sourceOffset: number,
    target: GPUBuffer,
    targetOffset: number,
    n: number,
  ) => job.recorder.copy({ label: 'vector', source, sourceOffset, target, targetOffset, bytes: 4 * n });
  for (let k = 0; k < rank; k++) {
    copy(rights, 4 * k * columns, sums, 0, columns);
    commands.push(...start);
    for (let i = 0; i < rounds; i++) commands.push(...round);
    commands.push(...multiply, ...deflate);
    copy(u, 0, lefts, 4 * k * rows, rows);
    copy(v, 0, rights, 4 * k * columns, columns);
  }
  await job.run();
  const doubles = async (buffer: GPUBuffer) => Float64Array.from(await job.readFloats(buffer));
  return { left: await doubles(lefts), right: await doubles(rights) };
}

/** Records u = A·v. */
async function recordMultiply({ job, parts, columns, u, v, variant }: Iteration): Promise<void> {
  for (const { buffer, firstRow, rows } of parts)
    await job.dispatch(
      { module: 'codecs/kit/tenpak/lowrankMultiply', entry: variant },
      {
        params: { rows, firstRow, columns },
        bindings: { a: buffer, v, u },
        ...(variant === 'rowPerThread' ? { threads: rows } : { workgroups: rows }),
        cost: 4 * rows * columns,
      },
    );
}

/** Records Aᵀ·u in blocks of rows, one row of `sums` each. */
async function recordTranspose({ job, parts, columns, blockRows, u, sums }: Iteration): Promise<void> {
  for (const { buffer, firstRow, rows } of parts) {
    const blocks = Math.ceil(rows / blockRows);
    await job.dispatch('codecs/kit/tenpak/lowrankTranspose', {
      params: { rows, firstRow, columns, blockRows, blocks, firstBlock: firstRow / blockRows },
      bindings: { a: buffer, u, sums },
      threads: blocks * columns,
      cost: 4 * rows * columns,
    });
  }
}

/** Records v = the sum of the first `blocks` rows of `sums`, divided by its norm. */
async function recordNormalise({ job, columns, sums, v }: Iteration, blocks: number): Promise<void> {
  await job.dispatch('codecs/kit/tenpak/lowrankNormalise', {
    params: { blocks, columns },
    bindings: { sums, v },
    workgroups: 1,
    cost: 16 * blocks * columns,
  });
}

/** Records A −= u·vᵀ. */
async function recordDeflate({ job, parts, columns, u, v }: Iteration): Promise<void> {
  for (const { buffer, firstRow, rows } of parts)
    await job.dispatch('codecs/kit/tenpak/lowrankDeflate', {
      params: { count: rows * columns, firstRow, columns },
      bindings: { u, v, a: buffer },
      threads: rows * columns,
      cost: 8 * rows * columns,
    });
}

/** Factors as decoders use them: left [rows, rank] and right [rank, columns]. */
export interface LowRankFactors {
  left: Float32Array;
  right: Float32Array;
  rank: number;
}

/** Flattened elements [first, first + count) of a matrix, which `out` holds from element `offset` on. */
interface ElementRun {
  first: number;
  count: number;
  offset: number;
  out: GPUBuffer;
}

/** Records storing left·right in a run of elements, or subtracting it from them. */
export async function recordLowRankProduct(
  { scope, dispatch }: GpuJob,
  { left, right, rank }: LowRankFactors,
  columns: number,
  { first, count, offset, out }: ElementRun,
  subtract: boolean,
): Promise<void> {
  const firstRow = Math.floor(first / columns);
  const endRow = Math.ceil((first + count) / columns);
  await dispatch('codecs/kit/tenpak/lowrankProduct', {
    params: { count, first, offset, columns, rank, firstRow, subtract: Number(subtract) },
    bindings: {
      left: scope.upload(left.subarray(firstRow * rank, endRow * rank), 'left factor'),
      right: scope.upload(right, 'right factor'),
      out,
    },
    threads: count,
    cost: 4 * count * (rank + 2),
  });
}
