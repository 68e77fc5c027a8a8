import { foldScale } from '../../../../kit/foldScale';
import { floatToHalfBits } from '../../../../../base/float16';
import type { CodecContext } from '../../../../contract/codec';
import type { Source, SourceGroup, SourceGroupResult } from '../../../../contract/defineCodec';
import { zeroedParts } from '../../../../contract/parts';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { halfBytes } from '../../../../kit/halves';
import { spans, type Span } from '../../../../kit/spans';
import { bytesOf16, bytesOf32 } from '../../../../kit/storedFloats';
import { clamp, normalOrZero } from '../../../../kit/tenpak/int4/float32';
import {
  recordQuantisedGroups,
  recordScale,
  recordScatter,
  spanElements,
} from '../../../../kit/tenpak/int4/gpu';
import { bytesOfCodes, spanAlign } from '../../../../kit/tenpak/int4/layout';
import { indexRange } from '../../../../kit/tenpak/int4/outliers';
import { largestWeight, type Quantiser } from '../../../../kit/tenpak/int4/ranges';
import { largestOnGpu, uploadSpan, type SpanSource } from '../../../../kit/tenpak/int4/selection';
import { columnScales } from './columns';
import { tenpakAwqParts, type TenpakAwqLayout, type TenpakAwqParts } from './layout';
import { requireStorable } from './limits';

/** Encodes one tensor on the GPU, with its column scales stored. @throws LabError bad-input naming the tensor; Cancelled */
export async function encodeTenpakAwq(
  source: Source<TenpakAwqLayout>,
  context: CodecContext,
): Promise<TenpakAwqParts> {
  const scales = context.inputs && columnScales(context.inputs.meanAbs);
  const parts = await encodeScaled(source, scales, context);
  return scales ? { ...parts, columnScales: halfBytes(scales, 'nearest') } : parts;
}

/**
 * Folds the scales into the norm if one feeds these tensors alone, norm ÷ s and W·diag(s). Otherwise each tensor is encoded by
 * itself.
 */
export async function encodeTenpakAwqGroup(
  { tensors, norm }: SourceGroup<TenpakAwqLayout>,
  context: CodecContext,
): Promise<SourceGroupResult<TenpakAwqParts>> {
  const scales = norm && context.inputs && columnScales(context.inputs.meanAbs);
  const parts = new Map<string, TenpakAwqParts>();
  for (const tensor of tensors)
    parts.set(
      tensor.name,
      await (scales ? encodeScaled(tensor, scales, context) : encodeTenpakAwq(tensor, context)),
    );
  if (!scales) return { parts };
  return { parts, replaced: foldScale(norm, scales), columnScale: scales };
}

async function encodeScaled(
  { name, values, layout }: Source<TenpakAwqLayout>,
  scales: Float32Array | undefined,
  context: CodecContext,
): Promise<TenpakAwqParts> {
  const { quantiser, outliers } = layout;
  const source = scaledSource(values, scales);
  const indices = await largestOnGpu(context, values.length, outliers, source);
  const parts = {
    ...zeroedParts(tenpakAwqParts(layout)),
    ...(outliers > 0 && { indices: bytesOf32(indices), outliers: halvesAt(values, indices, scales) }),
  };
  const largest = spanElements(quantiser, context.gpu.maxBindingBytes);
  for (const span of spans(values.length, largest, spanAlign(quantiser.group)))
    await gpuJob(context, (job) => encodeSpan(job, span, source, quantiser, indices, parts));
  requireStorable(name, parts);
  return parts;
}

/** Makes a source of W·diag(s). */
function scaledSource(values: Float32Array, scales: Float32Array | undefined): SpanSource {
  const upload = uploadSpan(values);
  return async (job, span) => {
    const w = await upload(job, span);
    if (scales) await recordScale(job, w, span, scales, largestWeight('single'));
    return w;
  };
}

/** Converts the scaled outliers to float16. */
function halvesAt(values: Float32Array, indices: Uint32Array, scales: Float32Array | undefined): Uint8Array {
  const limit = largestWeight('single');
  const at = (i: number) =>
    scales ? normalOrZero(Math.fround(clamp(values[i], limit) * scales[i % scales.length])) : values[i];
  return bytesOf16(Uint16Array.from(indices, (i) => floatToHalfBits(at(i))));
}

/** Fills in the parts of one span. */
async function encodeSpan(
  job: GpuJob,
  span: Span,
  source: SpanSource,
  quantiser: Quantiser,
  indices: Uint32Array,
  parts: TenpakAwqParts,
): Promise<void> {
  const { first, count } = span;
  const groups = Math.ceil(count / quantiser.group);
  const w = await source(job, span);
  const [start, end] = indexRange(indices, first, count);
  // Outliers count as zero for the ranges of their groups.
  await recordScatter(job, w, first, indices.subarray(start, end), new Float32Array(end - start));
  const found = await recordQuantisedGroups(job, w, count, quantiser);
  await job.run();
  const at = (4 * first) / quantiser.group;
  parts.codes.set(await job.read(found.codes, bytesOfCodes(count, 4)), first / 2);
  parts.scales.set(await job.read(found.storedScales, 4 * groups), at);
  parts.offsets.set(await job.read(found.storedOffsets, 4 * groups), at);
}
