import { splitRows } from '../../../../runtime/linear/matrix';
import type { CodecContext, SourceTensor } from '../../../contract/codec';
import { partBytes } from '../../../contract/parts';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { requireHalfScales } from '../../storedFloats';
import { gpuJob, type GpuJob } from '../../gpuJob';
import { CHUNK_ELEMENTS, spans, threadGroups, type Span } from '../../spans';
import { columnUse, type ColumnUse } from './columns';
import {
  recordErrors,
  recordHadamard,
  recordHalves,
  recordQuantise,
  recordScale,
  recordScatter,
  spanElements,
  type QuantisedBuffers,
} from './gpuQuantise';
import { bytesOfCodes, ENLARGEMENT, headerOf, int4Parts, outlierCount, spanAlign } from './layout';
import { methodOf, type Method } from './methods';
import { indexRange, replacements } from './outliers';
import { largestWeight } from './ranges';
import { largestOnGpu } from './selection';

/** What was learnt of the whole tensor before its spans are coded. */
interface Preparation {
  method: Method;
  columns: number;
  use?: ColumnUse;
  indices: Uint32Array;
  fill: Float32Array;
}

/** WGSL encode, a span of the flattened tensor at a time. @throws LabError bad-input naming the tensor when a range overflows */
export async function encodeInt4(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const method = methodOf(options);
  const preparation = await prepare(tensor, method, context);
  const parts = emptyParts(tensor, preparation);
  const largest = spanElements(method.codes, context.gpu.maxBindingBytes);
  for (const span of spans(tensor.values.length, largest, spanAlign(method.codes.group)))
    for (const [suffix, bytes, at] of await encodeSpan(tensor, preparation, span, context))
      parts.get(suffix)!.set(bytes, at);
  for (const suffix of ['scales', 'offsets', 'residualScales', 'residualOffsets'])
    if (parts.has(suffix)) requireHalfScales(tensor.name, parts.get(suffix)!);
  return parts;
}

async function prepare(tensor: SourceTensor, method: Method, context: CodecContext): Promise<Preparation> {
  const { shape, values } = tensor;
  const statistics = method.transform === 'mask' || method.transform === 'enlarge';
  const use = statistics ? columnUse(await columnSums(tensor, context), shape[0]) : undefined;
  const count = method.header === 'outliers' ? outlierCount(shape) : 0;
  const weights = (job: GpuJob, { first, count }: Span) =>
    Promise.resolve(job.scope.upload(values.subarray(first, first + count), 'weights'));
  const indices = count > 0 ? await largestOnGpu(context, values.length, count, weights) : new Uint32Array();
  return { method, columns: shape[1], use, indices, fill: replacements(values, indices) };
}

/** Sums of |w| by column. A range of rows begins with the sums of those before it. */
async function columnSums({ shape, values }: SourceTensor, context: CodecContext): Promise<Float32Array> {
  const [rows, columns] = shape;
  let totals: Float32Array = new Float32Array(columns);
  const bytes = Math.min(context.gpu.maxBindingBytes, 4 * Math.max(CHUNK_ELEMENTS, columns));
  for (const range of splitRows(rows, 4 * columns, bytes))
    totals = await gpuJob(context, async ({ scope, recorder, run, read }) => {
      const sums = scope.upload(totals, 'column sums');
      const first = range.firstRow * columns;
      const w = scope.upload(values.subarray(first, first + range.rows * columns), 'weights');
      recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/int4ColumnSums' }), {
        params: { rows: range.rows, columns, huge: largestWeight('truncated') },
        bindings: { w, sums },
        workgroups: threadGroups(columns),
        cost: 4 * range.rows * columns,
      });
      await run();
      return new Float32Array((await read(sums, 4 * columns)).buffer);
    });
  return totals;
}

/** The parts to be filled in, and those known already. */
function emptyParts({ shape, values }: SourceTensor, preparation: Preparation): Map<string, Uint8Array> {
  const { method, indices, use } = preparation;
  const layout = int4Parts(shape, method).filter(({ suffix }) => suffix !== 'factor' || use?.enlarge);
  const parts = new Map<string, Uint8Array>(
    layout.map((part) => [part.suffix, new Uint8Array(partBytes(part))]),
  );
  if (method.header) parts.set('header', headerOf(shape, method));
  if (parts.has('factor')) parts.set('factor', new Uint8Array(Float32Array.of(ENLARGEMENT).buffer));
  if (!parts.has('indices')) return parts;
  parts.set('indices', new Uint8Array(indices.slice().buffer));
  return parts.set('outliers', new Uint8Array(Float32Array.from(indices, (i) => values[i]).buffer));
}

/** Bytes of one span for each part, with their place in it. */
type Piece = [suffix: string, bytes: Uint8Array, at: number];

function encodeSpan(
  { values }: SourceTensor,
  preparation: Preparation,
  span: Span,
  context: CodecContext,
): Promise<Piece[]> {
  const { method } = preparation;
  const { first, count } = span;
  return gpuJob(context, async (job) => {
    const w = job.scope.upload(values.subarray(first, first + count), 'weights');
    const mask = await recordTransform(job, context, w, preparation, span);
    const codes = await recordQuantise(job, context, w, count, method.codes);
    const pieces = [await piecesOf(job, context, '', codes, span, method.codes)];
    if (method.residual) {
      await recordErrors(job, context, w, count, method.codes.group, codes);
      const residual = await recordQuantise(job, context, w, count, method.residual);
      pieces.push(await piecesOf(job, context, 'residual', residual, span, method.residual));
    }
    await job.run();
    const read = await Promise.all(pieces.map((collect) => collect()));
    if (mask) read.push([['mask', await job.read(mask, Math.ceil(count / 8)), first / 8]]);
    return read.flat();
  });
}

/** Records what happens to the weights before they are quantised; gives the mask's words if there is one. */
async function recordTransform(
  job: GpuJob,
  context: CodecContext,
  w: GPUBuffer,
  { method, columns, use, indices, fill }: Preparation,
  span: Span,
): Promise<GPUBuffer | undefined> {
  const huge = largestWeight('truncated');
  const [start, end] = indexRange(indices, span.first, span.count);
  await recordScatter(job, context, w, span.first, indices.slice(start, end), fill.slice(start, end));
  if (method.transform === 'hadamard') await recordHadamard(job, context, w, span.count, huge);
  if (method.transform === 'enlarge' && use!.enlarge)
    await recordScale(job, context, w, span, Float32Array.of(ENLARGEMENT), huge);
  if (method.transform !== 'mask') return undefined;
  const words = Math.ceil(span.count / 32);
  const mask = job.scope.allocate(4 * words, 'mask');
  job.recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/int4Mask' }), {
    params: { count: span.count, columns, firstColumn: span.first % columns, huge },
    bindings: { important: job.scope.upload(use!.important, 'important columns'), w, mask },
    workgroups: threadGroups(words),
    cost: 8 * span.count,
  });
  return mask;
}

/** Records the packing of one quantiser's result; the function returned reads it after the job has run. */
async function piecesOf(
  job: GpuJob,
  context: CodecContext,
  prefix: '' | 'residual',
  { codes, storedScales, storedOffsets }: QuantisedBuffers,
  { first, count }: Span,
  { group, bits }: Method['codes'],
): Promise<() => Promise<Piece[]>> {
  const groups = Math.ceil(count / group);
  const scales = await recordHalves(job, context, storedScales, groups);
  const offsets = await recordHalves(job, context, storedOffsets, groups);
  const at = (2 * first) / group;
  return async () => [
    [prefix || 'codes', await job.read(codes, bytesOfCodes(count, bits)), (first * bits) / 8],
    [prefix ? 'residualScales' : 'scales', await job.read(scales, 2 * groups), at],
    [prefix ? 'residualOffsets' : 'offsets', await job.read(offsets, 2 * groups), at],
  ];
}
