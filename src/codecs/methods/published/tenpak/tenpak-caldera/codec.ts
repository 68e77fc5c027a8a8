import type { Codec, CodecContext, SourceTensor } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { Parts } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { gpuJob } from '../../../../kit/gpuJob';
import { partSpans, spans } from '../../../../kit/spans';
import { residualOf } from '../../../../kit/tenpak/residual/residual';
import { checkHeader, headerBytes } from '../../../../kit/tenpak/residual/header';
import { addResidual, readResidual, recordResidual } from '../../../../kit/tenpak/residual/residualGpu';
import { decodeProduct, findLowRank, recordProduct } from '../../../../kit/tenpak/lowRank/lowRank';
import { checkStoredHalves, requireHalfRange } from '../../../../kit/halves';
import { codingFactors, storedFactors, storeFactors } from './factors';
import { calderaLayout, calderaLowRank, calderaParts } from './layout';
import meta from './meta';
import reference from './reference';

/** Spans of the residual begin with a group and a word of codes. */
const ALIGN = 64;

/** WGSL encode. @throws LabError bad-input naming the tensor for weights beyond float16; Cancelled */
async function encodeCaldera(
  { name, shape, values }: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  requireHalfRange(name, values);
  const layout = calderaLayout(shape, options);
  const { rank, faithful, residual } = layout;
  const parts = new Map<string, Uint8Array>();
  for (const part of calderaParts(layout)) parts.set(part.suffix, new Uint8Array(partBytes(part)));
  parts.set('header', headerBytes(layout.header));
  const found = await findLowRank(context, values, shape, calderaLowRank(layout));
  for (const [suffix, bytes] of storeFactors(found, rank, faithful)) parts.set(suffix, bytes);
  const factors = codingFactors(found, parts, rank, shape, faithful);
  for (const { first, count } of spans(values.length, context.gpu.maxBindingBytes / 4, ALIGN))
    await gpuJob(context, async (job) => {
      const out = job.scope.upload(values.subarray(first, first + count), 'weights');
      await recordProduct(job, context, factors, shape[1], { first, count, offset: 0, out }, true);
      const rest = await recordResidual(job, context, out, count, residual);
      await job.run();
      await readResidual(job, rest, first, residual, residualOf(parts));
    });
  return parts;
}

const codec: Codec = {
  meta,
  layout: (shape, options) => calderaParts(calderaLayout(shape, options)),
  encode: encodeCaldera,
  reference,

  async decode({ name, shape, options, parts }, target, context) {
    const { rank, residual, header } = calderaLayout(shape, options);
    checkHeader(name, parts.get('header')!, header);
    for (const suffix of ['scales', 'offsets', 'ranges']) checkStoredHalves(name, suffix, parts.get(suffix)!);
    const factors = storedFactors(parts, rank, shape);
    for (const span of partSpans(target)) {
      await decodeProduct(factors, shape[1], span, context);
      await addResidual(parts, span, residual, context);
    }
  },

  // Sums of up to 16 products in float32.
  decodeTolerance: 1e-5,

  // Each of 16 products errs by 1/127 of the singular value, which is at most √(m·n)·M, here for m·n up to 2²⁶; what L·R
  // leaves is no longer than its row, and 2-bit steps err by a sixth of its range.
  errorBound: () => (largest) => 1100 * largest + 2 ** -19,
};

export default codec;
