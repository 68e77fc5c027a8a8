import { sumOfSquares } from '../../../formats/gguf/scaleSearch';
import type { RowRange } from '../../../runtime/linear/matrix';
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

/** Operations per weight of packing and of coding again, as the command stream counts work. */
const PACK_COST = 40;
const ROUND_COST = 60;
/** Operations for each group to quantise its scale. */
const SCALE_COST = 400;
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
    const encoded = await gpuJob(context, (job) => encodeRange(job, layout, range, some, importance));
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
  const perWeight = cost + PACK_COST + (nested ? ROUND_COST + SCALE_COST / group : 0);
  return {
    gpu: perWeight * weights,
    dispatches: (nested ? 4 : 2) * Math.ceil(weights / ELEMENTS),
    waits: Math.ceil(weights / ELEMENTS),
  };
}

async function encodeRange(
  { scope, dispatch, run, read }: GpuJob,
  layout: BlocksLayout,
  { rows }: RowRange,
  values: Float32Array,
  importance: Float32Array | undefined,
): Promise<Uint8Array> {
  const { columns, blockSize, rowBytes, type } = layout;
  const { group, scales: packing } = BLOCK_FIELDS[type];
  const search = searchOf(layout, importance !== undefined);
  const constants = {
    ...fieldConstants(layout),
    ...search.constants,
    WEIGHED: Number(importance !== undefined),
  };
  const count = values.length;
  const [blockCount, groupCount] = [count / blockSize, count / group];
  const params = { count, columns, group, unchanged: 0 };
  const weights = scope.upload(values, 'weights');
  const found = scope.allocate(12 * groupCount, 'scales found');
  const codes = scope.allocate(4 * count, 'codes');
  const heads = scope.allocate(8 * blockCount, 'scales of blocks');
  const scales = scope.allocate(8 * groupCount, 'scales of groups');
  const blocks = scope.allocate(rows * rowBytes, 'blocks');
  await dispatch(ggufKernel('search', constants, search.search), {
    params,
    bindings: {
      ...{ weights, found, coded: codes, heads },
      importance: scope.upload(importance ?? new Float32Array(1), 'importance'),
      variances: scope.upload(
        importance ? variances(layout, search, values) : new Float32Array(1),
        'variances',
      ),
    },
    threads: groupCount,
    cost: search.cost * count,
  });
  if (packing !== 'none') {
    await dispatch(ggufKernel('scales', constants), {
      params,
      bindings: { found, heads, scales },
      threads: blockCount,
      cost: SCALE_COST * groupCount,
    });
    await dispatch(ggufKernel('round', constants), {
      params,
      bindings: { weights, found, codes },
      threads: count,
      cost: ROUND_COST * count,
    });
  }
  await dispatch(ggufKernel('pack', constants), {
    params,
    bindings: { codes, heads, scales, blocks },
    threads: Math.ceil((rows * rowBytes) / 4),
    cost: PACK_COST * count,
  });
  await run();
  return (await read(blocks)).subarray(0, rows * rowBytes);
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
