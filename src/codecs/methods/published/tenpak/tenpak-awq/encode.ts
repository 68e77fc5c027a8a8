import { floatToHalfBits } from '../../../../../base/float16';
import type { CodecContext, GroupResult, SourceTensor, TensorGroup } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { Parts } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { bytesOf16 } from '../../../../kit/storedFloats';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { spans, type Span } from '../../../../kit/spans';
import { clamp, normalOrZero } from '../../../../kit/tenpak/int4/float32';
import {
  recordQuantise,
  recordScale,
  recordScatter,
  spanElements,
} from '../../../../kit/tenpak/int4/gpuQuantise';
import { bytesOfCodes, spanAlign } from '../../../../kit/tenpak/int4/layout';
import { indexRange } from '../../../../kit/tenpak/int4/outliers';
import { largestWeight, type Quantiser } from '../../../../kit/tenpak/int4/ranges';
import { largestOnGpu } from '../../../../kit/tenpak/int4/selection';
import { bytesOfScales, columnScales } from './columns';
import { awqParts, awqQuantiser, outlierCount } from './layout';
import { requireStorable } from './limits';

/** WGSL encode of one tensor, with its column scales stored. @throws LabError bad-input naming the tensor; Cancelled */
export async function encodeAwq(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const scales = context.inputs && columnScales(context.inputs.meanAbs);
  const parts = await encodeScaled(tensor, scales, options, context);
  return scales ? new Map(parts).set('columnScales', bytesOfScales(scales)) : parts;
}

/** The scales go into the norm where one feeds these tensors alone: norm ÷ s, W·diag(s). As `encodeAwq` otherwise. */
export async function encodeAwqGroup(
  { tensors, norm }: TensorGroup,
  options: CodecOptions,
  context: CodecContext,
): Promise<GroupResult> {
  const scales = context.inputs && columnScales(context.inputs.meanAbs);
  const fold = scales !== undefined && norm !== undefined;
  const parts = new Map<string, Parts>();
  for (const tensor of tensors)
    parts.set(
      tensor.name,
      fold ? await encodeScaled(tensor, scales, options, context) : await encodeAwq(tensor, options, context),
    );
  if (!fold) return { parts };
  const changed = [norm.weight, ...(norm.bias ? [norm.bias] : [])];
  const replaced = new Map(changed.map(({ name, values }) => [name, values.map((v, c) => v / scales[c])]));
  return { parts, replaced, columnScale: scales };
}

async function encodeScaled(
  tensor: SourceTensor,
  scales: Float32Array | undefined,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const { shape, values } = tensor;
  const quantiser = awqQuantiser(options);
  const wanted = outlierCount(shape);
  const source = (job: GpuJob, span: Span) => uploadScaled(job, context, values, span, scales);
  const indices = wanted > 0 ? await largestOnGpu(context, values.length, wanted, source) : new Uint32Array();
  const layout = awqParts(shape, options).filter(({ optional }) => !optional);
  const parts = new Map<string, Uint8Array>(
    layout.map((part) => [part.suffix, new Uint8Array(partBytes(part))]),
  );
  if (wanted > 0) {
    parts.set('indices', new Uint8Array(indices.slice().buffer));
    parts.set('outliers', halvesAt(values, indices, scales));
  }
  const largest = spanElements(quantiser, context.gpu.maxBindingBytes);
  for (const span of spans(values.length, largest, spanAlign(quantiser.group)))
    for (const [suffix, bytes, at] of await encodeSpan(span, source, quantiser, indices, context))
      parts.get(suffix)!.set(bytes, at);
  requireStorable(tensor.name, parts);
  return parts;
}

async function uploadScaled(
  job: GpuJob,
  context: CodecContext,
  values: Float32Array,
  span: Span,
  scales: Float32Array | undefined,
): Promise<GPUBuffer> {
  const w = job.scope.upload(values.subarray(span.first, span.first + span.count), 'weights');
  if (scales) await recordScale(job, context, w, span, scales, largestWeight('single'));
  return w;
}

/** Scaled outliers to the nearest float16. */
function halvesAt(values: Float32Array, indices: Uint32Array, scales: Float32Array | undefined): Uint8Array {
  const limit = largestWeight('single');
  const at = (i: number) =>
    scales ? normalOrZero(Math.fround(clamp(values[i], limit) * scales[i % scales.length])) : values[i];
  return bytesOf16(Uint16Array.from(indices, (i) => floatToHalfBits(at(i))));
}

/** Bytes of one span for each part, with their place in it. */
type Piece = [suffix: string, bytes: Uint8Array, at: number];

function encodeSpan(
  span: Span,
  source: (job: GpuJob, span: Span) => Promise<GPUBuffer>,
  quantiser: Quantiser,
  indices: Uint32Array,
  context: CodecContext,
): Promise<Piece[]> {
  const { first, count } = span;
  const groups = Math.ceil(count / quantiser.group);
  return gpuJob(context, async (job) => {
    const w = await source(job, span);
    const [start, end] = indexRange(indices, first, count);
    // Outliers count as zero for the ranges of their groups.
    const zeros = new Float32Array(end - start);
    await recordScatter(job, context, w, first, indices.slice(start, end), zeros);
    const found = await recordQuantise(job, context, w, count, quantiser);
    await job.run();
    const at = (4 * first) / quantiser.group;
    return [
      ['codes', await job.read(found.codes, bytesOfCodes(count, 4)), first / 2],
      ['scales', await job.read(found.storedScales, 4 * groups), at],
      ['offsets', await job.read(found.storedOffsets, 4 * groups), at],
    ];
  });
}
