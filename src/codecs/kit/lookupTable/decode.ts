import type { DenseMatrix } from '../../../runtime/linear/matrix';
import type { CodecContext, StoredTensor } from '../../contract/codec';
import { damaged } from '../../contract/parts';
import { findNonFinite32 } from '../storedFloats';
import { gpuJob, type GpuJob } from '../gpuJob';
import { byteWindow, partSpans, threadGroups, type PartSpan } from '../spans';
import { DYNAMIC_MAP, NESTED_BLOCK, type NestedAbsmax } from './absmax';
import type { LookupOptions } from './options';
import { readAbsmax, readNested } from './parts';
import type { LookupTable } from './tables';

const FLOAT32_MAX = 2 ** 128 - 2 ** 104;

/** Blocks [first, first + count) that a span of weights touches. */
interface BlockRange {
  first: number;
  count: number;
}

export async function decodeLookup(
  stored: StoredTensor,
  options: LookupOptions,
  table: LookupTable,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const blocks = Math.ceil((stored.shape[0] * stored.shape[1]) / options.block);
  const absmax = options.double ? readNested(stored.parts, blocks) : readAbsmax(stored.parts);
  checkAbsmax(stored);
  for (const span of partSpans(target))
    await gpuJob(context, (job) =>
      decodeSpan(stored.parts.get('codes')!, absmax, span, options.block, table, context, job),
    );
}

/** Any finite maxima decode to finite weights, as long as nested scale and offset cannot add up to infinity. */
function checkAbsmax({ name, options, parts }: StoredTensor): void {
  const suffixes = options.double ? ['nested_absmax', 'nested_offset'] : ['absmax'];
  for (const suffix of suffixes) {
    const bytes = parts.get(suffix)!;
    const index = findNonFinite32(bytes);
    if (index >= 0) throw damaged(name, `${suffix} ${index} is not a finite number`);
  }
  if (!options.double) return;
  const { scales, offset } = readNested(parts, 0);
  const index = scales.findIndex((scale) => Math.abs(scale) + Math.abs(offset) > FLOAT32_MAX);
  if (index >= 0) throw damaged(name, `nested_absmax ${index} is beyond float32`);
}

async function decodeSpan(
  codes: Uint8Array,
  absmax: Float32Array | NestedAbsmax,
  span: PartSpan,
  block: number,
  table: LookupTable,
  context: CodecContext,
  job: GpuJob,
): Promise<void> {
  const { scope, recorder } = job;
  const end = span.first + span.count;
  const first = Math.floor(span.first / block);
  const range = { first, count: Math.ceil(end / block) - first };
  const codeWindow = byteWindow(codes, span.first >> 1, Math.ceil(end / 2) - (span.first >> 1));
  recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/lookupTable/decode' }), {
    params: {
      count: span.count,
      first: span.offset,
      codeShift: codeWindow.shift * 2 + (span.first & 1),
      blockShift: span.first - first * block,
      block,
      offset: absmax instanceof Float32Array ? 0 : absmax.offset,
    },
    bindings: {
      codes: scope.upload(codeWindow.bytes, 'codes'),
      absmax: await absmaxBuffer(absmax, range, context, job),
      levels: scope.upload(table.levels, 'levels'),
      out: span.part.buffer,
    },
    workgroups: threadGroups(span.count),
    cost: span.count * 8,
  });
  await job.run();
}

/** Maxima of a range of blocks on the GPU, less the offset that the decode kernel adds. */
async function absmaxBuffer(
  absmax: Float32Array | NestedAbsmax,
  range: BlockRange,
  context: CodecContext,
  { scope, recorder }: GpuJob,
): Promise<GPUBuffer> {
  const end = range.first + range.count;
  if (absmax instanceof Float32Array) return scope.upload(absmax.subarray(range.first, end), 'absmax');
  const codes = byteWindow(absmax.codes, range.first, range.count);
  const nested = Math.floor(range.first / NESTED_BLOCK);
  const products = scope.allocate(range.count * 4, 'absmax');
  recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/lookupTable/unnest' }), {
    params: { count: range.count, codeShift: codes.shift, scaleShift: range.first - nested * NESTED_BLOCK },
    bindings: {
      codes: scope.upload(codes.bytes, 'absmax codes'),
      scales: scope.upload(absmax.scales.subarray(nested, Math.ceil(end / NESTED_BLOCK)), 'nested absmax'),
      levels: scope.upload(DYNAMIC_MAP, 'dynamic map'),
      products,
    },
    workgroups: threadGroups(range.count),
    cost: range.count * 8,
  });
  return products;
}
