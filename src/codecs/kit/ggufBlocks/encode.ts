import { sumOfSquares } from '../../../formats/gguf/scaleSearch';
import type { CodecContext, EncodeWork } from '../../contract/codec';
import type { Source } from '../../contract/defineCodec';
import { readDiagonal } from '../diagonal';
import { float16 } from '../float16';
import { gpuJob, type GpuJob } from '../gpuJob';
import { CHUNK_ELEMENTS, rowRanges } from '../spans';
import { BLOCK_FIELDS, fieldConstants } from './fields';
import { importanceOfColumns } from './importance';
import { ggufKernel } from './kernel';
import type { BlocksLayout, BlocksParts } from './layout';
import { extraordinaryRows } from './ordinary';
import { encodeRows } from './reference';
import { searchOf, type KernelSearch } from './searches';
import { WIDE_REACH, wideConstants } from './wide';

/** Operations per weight of packing and of coding again, as the command stream counts work. */
const PACK_COST = 40;
const ROUND_COST = 60;
/** Operations for each group to quantise its scale. */
const SCALE_COST = 400;
/** Operations for each weight and each scale that a wide search tries. */
const COST_OF_NEIGHBOUR = 20;
/** The most weights of one job: their codes take four bytes each. */
const ELEMENTS = CHUNK_ELEMENTS / 2;

/**
 * Encodes on the GPU by ranges of rows. Rows with magnitudes whose products leave the normal float32 numbers are encoded by the
 * reference, so that the bytes are the same on every adapter.
 * @throws LabError naming the tensor for a scale beyond float16; Cancelled
 */
export async function encodeGgufBlocks(
  source: Source<BlocksLayout>,
  context: CodecContext,
): Promise<BlocksParts> {
  const { layout, values } = source;
  const { rows, columns, rowBytes } = layout;
  if (layout.type === 'F16') return { blocks: (await float16.encode(source, context)).values };
  const { inputs } = context;
  const importance =
    layout.weighs && inputs ? importanceOfColumns(await readDiagonal(inputs.gram, context)) : undefined;
  const blocks = new Uint8Array(rows * rowBytes);
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes, { maxElements: ELEMENTS })) {
    const { firstRow } = range;
    const some = values.subarray(firstRow * columns, (firstRow + range.rows) * columns);
    const encoded = await gpuJob(context, (job) => encodeRange(job, layout, some, importance));
    blocks.set(encoded, firstRow * rowBytes);
    for (const row of extraordinaryRows(layout, some)) {
      const bytes = encodeRows(
        source.name,
        layout,
        some.subarray(row * columns, (row + 1) * columns),
        importance,
      );
      blocks.set(bytes, (firstRow + row) * rowBytes);
    }
  }
  return { blocks };
}

/** The work of encoding a matrix. */
export function ggufEncodeWork(layout: BlocksLayout): EncodeWork {
  const weights = layout.rows * layout.columns;
  if (layout.type === 'F16') return { gpu: 12 * weights, dispatches: 1, waits: 1 };
  const { group, scales } = BLOCK_FIELDS[layout.type];
  const nested = scales !== 'none';
  const { cost } = searchOf(layout, layout.weighs);
  const perWeight =
    cost +
    PACK_COST +
    (nested ? SCALE_COST / group : 0) +
    (nested || layout.wide ? ROUND_COST : 0) +
    wideCost(layout);
  return {
    gpu: perWeight * weights,
    dispatches: ((nested ? 4 : 2) + (layout.wide ? 1 : 0)) * Math.ceil(weights / ELEMENTS),
    waits: Math.ceil(weights / ELEMENTS),
  };
}

/** Returns the operations per weight of searching more scales. */
function wideCost({ type, wide }: BlocksLayout): number {
  const { scales, min } = BLOCK_FIELDS[type];
  const tried = 2 * (2 * WIDE_REACH[scales].reach + 1) * (min === undefined ? 1 : 2);
  return wide ? COST_OF_NEIGHBOUR * tried : 0;
}

/** Uploads weights and their importance, and allocates what the kernels write. */
function rangeBuffers(
  { scope }: GpuJob,
  { type, blockSize, blockBytes }: BlocksLayout,
  values: Float32Array,
  importance: Float32Array | undefined,
) {
  const { length: count } = values;
  const [blockCount, groupCount] = [count / blockSize, count / BLOCK_FIELDS[type].group];
  return {
    weights: scope.upload(values, 'weights'),
    importance: scope.upload(importance ?? new Float32Array(1), 'importance'),
    found: scope.allocate(12 * groupCount, 'scales found'),
    codes: scope.allocate(4 * count, 'codes'),
    heads: scope.allocate(8 * blockCount, 'scales of blocks'),
    scales: scope.allocate(8 * groupCount, 'scales of groups'),
    blocks: scope.allocate(blockCount * blockBytes, 'blocks'),
  };
}

async function encodeRange(
  job: GpuJob,
  layout: BlocksLayout,
  values: Float32Array,
  importance: Float32Array | undefined,
): Promise<Uint8Array> {
  const { scope, dispatch, run, read } = job;
  const { columns, blockSize, blockBytes, type, wide } = layout;
  const { group, scales: packing } = BLOCK_FIELDS[type];
  const search = searchOf(layout, importance !== undefined);
  const constants = {
    ...fieldConstants(layout),
    ...search.constants,
    ...wideConstants(packing),
    WEIGHED: Number(importance !== undefined),
  };
  const { length: count } = values;
  const [blockCount, groupCount] = [count / blockSize, count / group];
  const params = { count, columns, group, unchanged: 0 };
  const buffers = rangeBuffers(job, layout, values, importance);
  const { weights, found, codes, heads, scales, blocks } = buffers;
  const squares = importance ? variances(layout, search, values) : new Float32Array(1);
  await dispatch(ggufKernel('search', constants, search.search), {
    params,
    bindings: {
      ...{ weights, found, coded: codes, heads, importance: buffers.importance },
      variances: scope.upload(squares, 'variances'),
    },
    threads: groupCount,
    cost: search.cost * count,
  });
  if (packing !== 'none')
    await dispatch(ggufKernel('scales', constants), {
      ...{ params, bindings: { found, heads, scales }, threads: blockCount },
      cost: SCALE_COST * groupCount,
    });
  if (wide)
    await dispatch(ggufKernel('widen', constants), {
      ...{ params, bindings: { weights, importance: buffers.importance, found, heads, scales } },
      ...{ threads: groupCount, cost: wideCost(layout) * count },
    });
  if (wide || packing !== 'none')
    await dispatch(ggufKernel('round', constants), {
      ...{ params, bindings: { weights, found, codes }, threads: count, cost: ROUND_COST * count },
    });
  const bytes = blockCount * blockBytes;
  await dispatch(ggufKernel('pack', constants), {
    ...{ params, bindings: { codes, heads, scales, blocks }, threads: Math.ceil(bytes / 4) },
    cost: PACK_COST * count,
  });
  await run();
  return (await read(blocks)).subarray(0, bytes);
}

/** Returns the variance of each block, or that of its row, in float32. */
function variances(
  { columns, blockSize }: BlocksLayout,
  { variance }: KernelSearch,
  values: Float32Array,
): Float32Array {
  const size = variance === undefined ? columns : blockSize;
  const factor = variance ?? 1 / columns;
  const perRun = Float32Array.from({ length: values.length / size }, (_, i) =>
    Math.fround(sumOfSquares(values.subarray(i * size, (i + 1) * size)) * factor),
  );
  if (size === blockSize) return perRun;
  return Float32Array.from(
    { length: values.length / blockSize },
    (_, block) => perRun[Math.floor((block * blockSize) / size)],
  );
}
