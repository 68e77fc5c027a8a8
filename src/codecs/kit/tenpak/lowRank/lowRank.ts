import { splitRows } from '../../../../runtime/linear/matrix';
import type { Command } from '../../../../gpu/recorder';
import type { CodecContext, MatrixShape } from '../../../contract/codec';
import { gpuJob, type GpuJob } from '../../gpuJob';
import { CHUNK_ELEMENTS, threadGroups, type PartSpan } from '../../spans';
import type { LowRank, LowRankSettings } from './lowRankReference';

/** Rows whose products are summed by one thread, at least; few enough blocks that one workgroup can add them. */
const BLOCK_ROWS = 64;
const MOST_BLOCKS = 32;

interface RowPart {
  buffer: GPUBuffer;
  firstRow: number;
  rows: number;
}

/** Kernel of A·v: one thread a row for software adapters (no barriers), one workgroup a row for the others. */
export type MultiplyVariant = 'rowPerThread' | 'rowPerWorkgroup';

interface Iteration {
  variant: MultiplyVariant;
  job: GpuJob;
  context: CodecContext;
  parts: RowPart[];
  rows: number;
  columns: number;
  blockRows: number;
  u: GPUBuffer;
  v: GPUBuffer;
  sums: GPUBuffer;
}

/**
 * Deflated power iteration on the GPU: A = values · diag(factors) [rows, columns]. Sums run in an order that depends on the
 * shape alone. @throws Cancelled, LabError
 */
export function findLowRank(
  context: CodecContext,
  values: Float32Array,
  [rows, columns]: MatrixShape,
  settings: LowRankSettings,
  factors?: Float32Array,
  variant: MultiplyVariant = context.gpu.info.software ? 'rowPerThread' : 'rowPerWorkgroup',
): Promise<LowRank> {
  return gpuJob(context, async (job) => {
    const iteration = { ...prepare(job, context, values, rows, columns), variant };
    if (factors) await recordFactors(iteration, factors);
    return iterate(iteration, settings);
  });
}

function prepare(
  job: GpuJob,
  context: CodecContext,
  values: Float32Array,
  rows: number,
  columns: number,
): Omit<Iteration, 'variant'> {
  const { scope } = job;
  const blockRows = Math.max(BLOCK_ROWS, Math.ceil(rows / MOST_BLOCKS));
  const bytes = Math.min(context.gpu.maxBindingBytes, 4 * Math.max(CHUNK_ELEMENTS, blockRows * columns));
  const parts = splitRows(rows, 4 * columns, bytes, blockRows).map(({ firstRow, rows: count }) => {
    const slice = values.subarray(firstRow * columns, (firstRow + count) * columns);
    return { buffer: scope.upload(slice, 'matrix'), firstRow, rows: count };
  });
  return {
    job,
    context,
    parts,
    rows,
    columns,
    blockRows,
    u: scope.allocate(4 * rows, 'u'),
    v: scope.allocate(4 * columns, 'v'),
    sums: scope.allocate(4 * columns * Math.ceil(rows / blockRows), 'sums'),
  };
}

async function recordFactors({ job, context, parts, columns }: Iteration, factors: Float32Array) {
  const buffer = job.scope.upload(factors, 'column factors');
  for (const { buffer: a, rows } of parts)
    job.recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/lowrankScale' }), {
      params: { count: rows * columns, columns },
      bindings: { factors: buffer, a },
      workgroups: threadGroups(rows * columns),
      cost: 4 * rows * columns,
    });
}

/** Records one round once and repeats its commands; everything is submitted in bounded pieces. */
async function iterate(iteration: Iteration, { rank, rounds, starts }: LowRankSettings): Promise<LowRank> {
  const { job, rows, columns, blockRows, u, v, sums } = iteration;
  const { commands } = job.recorder;
  const rights = job.scope.upload(starts, 'right vectors');
  const lefts = job.scope.allocate(4 * rank * rows, 'left vectors');
  const start = await recorded(iteration, () => recordNormalise(iteration, 1));
  const multiply = await recorded(iteration, () => recordMultiply(iteration));
  const round = await recorded(iteration, async () => {
    await recordMultiply(iteration);
    await recordTranspose(iteration);
    await recordNormalise(iteration, Math.ceil(rows / blockRows));
  });
  const deflate = await recorded(iteration, () => recordDeflate(iteration));
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
  const floats = async (buffer: GPUBuffer) =>
    Float64Array.from(new Float32Array((await job.read(buffer, buffer.size)).buffer));
  return { left: await floats(lefts), right: await floats(rights) };
}

/** The commands `record` adds, taken out again so that they can be repeated. */
async function recorded({ job }: Iteration, record: () => Promise<void>): Promise<Command[]> {
  const { commands } = job.recorder;
  const before = commands.length;
  await record();
  return commands.splice(before);
}

async function recordMultiply(iteration: Iteration): Promise<void> {
  const { job, context, parts, columns, u, v, variant } = iteration;
  const module = 'codecs/kit/tenpak/lowrankMultiply';
  const kernel = await context.gpu.kernels.get({ module, entry: variant });
  for (const { buffer, firstRow, rows } of parts)
    job.recorder.dispatch(kernel, {
      params: { rows, firstRow, columns },
      bindings: { a: buffer, v, u },
      workgroups: variant === 'rowPerThread' ? threadGroups(rows) : rows,
      cost: 4 * rows * columns,
    });
}

async function recordTranspose(iteration: Iteration): Promise<void> {
  const { job, context, parts, columns, blockRows, u, sums } = iteration;
  for (const { buffer, firstRow, rows } of parts) {
    const blocks = Math.ceil(rows / blockRows);
    job.recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/lowrankTranspose' }), {
      params: { rows, firstRow, columns, blockRows, blocks, firstBlock: firstRow / blockRows },
      bindings: { a: buffer, u, sums },
      workgroups: threadGroups(blocks * columns),
      cost: 4 * rows * columns,
    });
  }
}

/** v = the first `blocks` rows of `sums` added up, ÷ its norm. */
async function recordNormalise({ job, context, columns, sums, v }: Iteration, blocks: number): Promise<void> {
  job.recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/lowrankNormalise' }), {
    params: { blocks, columns },
    bindings: { sums, v },
    workgroups: 1,
    cost: 16 * blocks * columns,
  });
}

async function recordDeflate({ job, context, parts, columns, u, v }: Iteration): Promise<void> {
  for (const { buffer, firstRow, rows } of parts)
    job.recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/lowrankDeflate' }), {
      params: { count: rows * columns, firstRow, columns },
      bindings: { u, v, a: buffer },
      workgroups: threadGroups(rows * columns),
      cost: 8 * rows * columns,
    });
}

/** Factors as decoders use them: left [rows, rank], right [rank, columns]. */
export interface Factors {
  left: Float32Array;
  right: Float32Array;
  rank: number;
}

/** Records left·right for a run of elements: stored in `out`, or subtracted from it. */
export async function recordProduct(
  { scope, recorder }: GpuJob,
  { gpu }: CodecContext,
  { left, right, rank }: Factors,
  columns: number,
  run: { first: number; count: number; offset: number; out: GPUBuffer },
  subtract: boolean,
): Promise<void> {
  const { first, count, offset, out } = run;
  const firstRow = Math.floor(first / columns);
  const endRow = Math.ceil((first + count) / columns);
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/tenpak/lowrankProduct' }), {
    params: { count, first, offset, columns, rank, firstRow, subtract: Number(subtract) },
    bindings: {
      left: scope.upload(left.subarray(firstRow * rank, endRow * rank), 'left factor'),
      right: scope.upload(right, 'right factor'),
      out,
    },
    workgroups: threadGroups(count),
    cost: 4 * count * (rank + 2),
  });
}

/** Writes left·right into a span of the target. */
export function decodeProduct(
  factors: Factors,
  columns: number,
  span: PartSpan,
  context: CodecContext,
): Promise<void> {
  return gpuJob(context, async (job) => {
    await recordProduct(job, context, factors, columns, { ...span, out: span.part.buffer }, false);
    await job.run();
  });
}
