import { bfloat16sToFloats } from '../../../../base/float16';
import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { rowRanges } from '../../../kit/spans';
import { bytesOf16 } from '../../../kit/storedFloats';
import { kernelSizes } from './kernel';
import { fp8Parts, type Fp8Layout, type Fp8Parts } from './layout';
import { scaleBits } from './scale';

/** Operations per weight, as the command stream counts work. */
const COST = { maxima: 1, codes: 16 };

/** Rows of the matrix that one job encodes. */
interface Rows {
  firstRow: number;
  rows: number;
}

/**
 * Encodes on the GPU: the largest magnitudes of the blocks, from which the host computes the scales, then the codes.
 * @throws LabError bad-input naming the tensor for weights beyond every scale; Cancelled
 */
export async function encodeFp8(source: Source<Fp8Layout>, context: CodecContext): Promise<Fp8Parts> {
  const { layout, name } = source;
  const { format, blocks, block } = layout;
  const parts = zeroedParts(fp8Parts(layout));
  const largest = new Float32Array(blocks[0] * blocks[1]);
  const ranges = rowRanges(layout, context.gpu.maxBindingBytes);
  for (const range of ranges)
    await gpuJob(context, async (job) => {
      // A block may span several ranges, and a range several blocks.
      const maxima = await rowMaxima(job, source, range);
      maxima.forEach((max, i) => {
        const row = range.firstRow + Math.floor(i / blocks[1]);
        const at = Math.floor(row / block[0]) * blocks[1] + (i % blocks[1]);
        largest[at] = Math.max(largest[at], max);
      });
    });
  const bits = Uint16Array.from(largest, (max) => scaleBits(name, max, format));
  const scales = bfloat16sToFloats(bits);
  for (const range of ranges)
    await gpuJob(context, async (job) => {
      const codes = await rowCodes(job, source, range, scales);
      parts.codes.set(codes, range.firstRow * layout.rowBytes);
    });
  return { ...parts, scales: bytesOf16(bits) };
}

function uploadRows(
  { scope }: GpuJob,
  { values, layout: { columns } }: Source<Fp8Layout>,
  range: Rows,
): GPUBuffer {
  const first = range.firstRow * columns;
  return scope.upload(values.subarray(first, first + range.rows * columns), 'weights');
}

/** Returns the largest magnitude of each row in each column of blocks, [rows, blocks across]. */
async function rowMaxima(job: GpuJob, source: Source<Fp8Layout>, range: Rows): Promise<Float32Array> {
  const { columns, block, blocks } = source.layout;
  const { scope, dispatch, run, readFloats } = job;
  const count = range.rows * blocks[1];
  const maxima = scope.allocate(4 * count, 'maxima');
  await dispatch('codecs/fp8/maxima', {
    params: { count, columns, across: blocks[1], width: block[1] },
    bindings: { w: uploadRows(job, source, range), maxima },
    threads: count,
    cost: COST.maxima * range.rows * columns,
  });
  await run();
  return readFloats(maxima);
}

async function rowCodes(
  job: GpuJob,
  source: Source<Fp8Layout>,
  range: Rows,
  scales: Float32Array,
): Promise<Uint8Array> {
  const { layout } = source;
  const { scope, dispatch, run, read } = job;
  const bytes = range.rows * layout.rowBytes;
  const codes = scope.allocate(bytes, 'codes');
  await dispatch('codecs/fp8/encode', {
    params: {
      count: bytes / 4,
      ...kernelSizes(layout, range.firstRow),
      mantissaBits: layout.format === 'e4m3' ? 3 : 2,
    },
    bindings: { w: uploadRows(job, source, range), scales: scope.upload(scales, 'scales'), codes },
    threads: bytes / 4,
    cost: COST.codes * range.rows * layout.columns,
  });
  await run();
  return read(codes, bytes);
}
