import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { gpuJob, type GpuJob } from '../../gpuJob';
import { recordPack } from '../../pack';
import { rowRanges, spans, type Span } from '../../spans';
import { bytesOf32, float32Bytes, requireHalfScales } from '../../storedFloats';
import { headerBytes } from '../header';
import { columnUse, type ColumnUse } from './columns';
import {
  recordErrors,
  recordHadamard,
  recordQuantisedGroups,
  recordScale,
  recordScatter,
  spanElements,
  type QuantisedGroups,
} from './gpu';
import {
  bytesOfCodes,
  ENLARGEMENT,
  int4Parts,
  int4Residual,
  spanAlign,
  type GroupParts,
  type Int4Layout,
  type Int4Parts,
} from './layout';
import { indexRange, replacements } from './outliers';
import { largestWeight, type Quantiser } from './ranges';
import { largestOnGpu, uploadSpan } from './selection';

/** Results about the whole tensor that coding its spans needs. */
interface Preparation {
  use?: ColumnUse;
  indices: Uint32Array;
  fill: Float32Array;
}

/**
 * Encodes on the GPU, a span of the flattened tensor at a time.
 * @throws LabError bad-input naming the tensor when a scale or an offset overflows; Cancelled
 */
export async function encodeInt4(source: Source<Int4Layout>, context: CodecContext): Promise<Int4Parts> {
  const { name, values, layout } = source;
  const preparation = await prepare(source, context);
  const parts = startParts(source, preparation);
  const largest = spanElements(layout.codes, context.gpu.maxBindingBytes);
  for (const span of spans(values.length, largest, spanAlign(layout.codes.group)))
    await gpuJob(context, (job) => encodeSpan(job, source, preparation, span, parts));
  const { scales, offsets, residualScales, residualOffsets } = parts;
  for (const bytes of [scales, offsets, residualScales, residualOffsets])
    if (bytes) requireHalfScales(name, bytes);
  return parts;
}

async function prepare(source: Source<Int4Layout>, context: CodecContext): Promise<Preparation> {
  const { values, layout } = source;
  const { transform, rows, outliers } = layout;
  const statistics = transform === 'mask' || transform === 'enlarge';
  const use = statistics ? columnUse(await columnSums(source, context), rows) : undefined;
  const indices = await largestOnGpu(context, values.length, outliers, uploadSpan(values));
  return { use, indices, fill: replacements(values, indices) };
}

/** Sums |w| by column. Each range of rows continues the sums of those before it. */
async function columnSums(
  { values, layout }: Source<Int4Layout>,
  context: CodecContext,
): Promise<Float32Array> {
  const { columns } = layout;
  let totals: Float32Array = new Float32Array(columns);
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes))
    totals = await gpuJob(context, async ({ scope, dispatch, run, readFloats }) => {
      const sums = scope.upload(totals, 'column sums');
      const first = range.firstRow * columns;
      const w = scope.upload(values.subarray(first, first + range.rows * columns), 'weights');
      await dispatch('codecs/kit/tenpak/int4ColumnSums', {
        params: { rows: range.rows, columns, huge: largestWeight('truncated') },
        bindings: { w, sums },
        threads: columns,
        cost: 4 * range.rows * columns,
      });
      await run();
      return readFloats(sums, columns);
    });
  return totals;
}

/** Makes the parts: those that are known already, and zeros for the others. */
function startParts({ values, layout }: Source<Int4Layout>, { use, indices }: Preparation): Int4Parts {
  const { header, outliers, transform } = layout;
  return {
    ...zeroedParts(int4Parts(layout)),
    ...(header && { header: headerBytes(header) }),
    ...(outliers > 0 && {
      indices: bytesOf32(indices),
      outliers: float32Bytes(Float32Array.from(indices, (i) => values[i])),
    }),
    ...(transform === 'enlarge' && use?.enlarge && { factor: float32Bytes(Float32Array.of(ENLARGEMENT)) }),
  };
}

/** Fills in the parts of one span. */
async function encodeSpan(
  job: GpuJob,
  { values, layout }: Source<Int4Layout>,
  preparation: Preparation,
  span: Span,
  parts: Int4Parts,
): Promise<void> {
  const { codes, residual } = layout;
  const { first, count } = span;
  const w = await uploadSpan(values)(job, span);
  const mask = await recordTransform(job, w, layout, preparation, span);
  const found = await recordQuantisedGroups(job, w, count, codes);
  const reads = [await recordStored(job, found, span, codes, parts)];
  const into = int4Residual(parts);
  if (residual && into) {
    await recordErrors(job, w, count, codes.group, found);
    const rest = await recordQuantisedGroups(job, w, count, residual);
    reads.push(await recordStored(job, rest, span, residual, into));
  }
  await job.run();
  await Promise.all(reads.map((read) => read()));
  if (mask) parts.mask?.set(await job.read(mask, Math.ceil(count / 8)), first / 8);
}

/** Records what happens to the weights before they are quantised. @returns the mask's words if there is one */
async function recordTransform(
  job: GpuJob,
  w: GPUBuffer,
  { transform, columns }: Int4Layout,
  { use, indices, fill }: Preparation,
  span: Span,
): Promise<GPUBuffer | undefined> {
  const { first, count } = span;
  const [start, end] = indexRange(indices, first, count);
  await recordScatter(job, w, first, indices.subarray(start, end), fill.subarray(start, end));
  const huge = largestWeight('truncated');
  if (transform === 'hadamard') await recordHadamard(job, w, count, huge);
  if (transform === 'enlarge' && use?.enlarge)
    await recordScale(job, w, span, Float32Array.of(ENLARGEMENT), huge);
  if (transform !== 'mask' || !use) return undefined;
  const words = Math.ceil(count / 32);
  const mask = job.scope.allocate(4 * words, 'mask');
  await job.dispatch('codecs/kit/tenpak/int4Mask', {
    params: { count, columns, firstColumn: first % columns, huge },
    bindings: { important: job.scope.upload(use.important, 'important columns'), w, mask },
    threads: words,
    cost: 8 * count,
  });
  return mask;
}

/** Records packing one quantiser's result. @returns a function that copies it to its place in `into` after the job has run */
async function recordStored(
  job: GpuJob,
  { codes, storedScales, storedOffsets }: QuantisedGroups,
  { first, count }: Span,
  { group, bits }: Quantiser,
  into: GroupParts,
): Promise<() => Promise<void>> {
  const groups = Math.ceil(count / group);
  const scales = await recordPack(job, storedScales, groups, 16);
  const offsets = await recordPack(job, storedOffsets, groups, 16);
  const at = (2 * first) / group;
  return async () => {
    into.codes.set(await job.read(codes, bytesOfCodes(count, bits)), (first * bits) / 8);
    into.scales.set(await job.read(scales, 2 * groups), at);
    into.offsets.set(await job.read(offsets, 2 * groups), at);
  };
}
