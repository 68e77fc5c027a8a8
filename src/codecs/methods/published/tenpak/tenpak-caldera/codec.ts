import type { CodecContext } from '../../../../contract/codec';
import { defineCodec, type Source } from '../../../../contract/defineCodec';
import { zeroedParts } from '../../../../contract/parts';
import { fillBySpans } from '../../../../kit/fillTarget';
import { gpuJob } from '../../../../kit/gpuJob';
import { checkStoredHalves, requireHalfRange } from '../../../../kit/halves';
import { spans } from '../../../../kit/spans';
import { checkHeader, headerBytes } from '../../../../kit/tenpak/header';
import { findLowRank, recordLowRankProduct } from '../../../../kit/tenpak/lowRank/gpu';
import {
  readResidual,
  recordAddResidual,
  recordQuantisedResidual,
} from '../../../../kit/tenpak/residual/gpu';
import { codingFactors, dequantisedFactors, storeFactors } from './factors';
import {
  tenpakCalderaLayout,
  tenpakCalderaLowRank,
  tenpakCalderaParts,
  type TenpakCalderaLayout,
  type TenpakCalderaParts,
} from './layout';
import meta from './meta';
import { tenpakCalderaReference } from './reference';

/** Spans of the residual begin with a group and a word of codes. */
const ALIGN = 64;

/** Encodes on the GPU. @throws LabError bad-input naming the tensor for weights beyond float16; Cancelled */
async function encode(
  { name, shape, values, layout }: Source<TenpakCalderaLayout>,
  context: CodecContext,
): Promise<TenpakCalderaParts> {
  requireHalfRange(name, values);
  const found = await findLowRank(context, values, shape, tenpakCalderaLowRank(layout));
  const stored = storeFactors(found, layout);
  const factors = codingFactors(found, stored, layout);
  const header = headerBytes(layout.header);
  const parts = { ...zeroedParts(tenpakCalderaParts(layout)), header, ...stored };
  for (const { first, count } of spans(values.length, context.gpu.maxBindingBytes / 4, ALIGN))
    await gpuJob(context, async (job) => {
      const out = job.scope.upload(values.subarray(first, first + count), 'weights');
      await recordLowRankProduct(job, factors, shape[1], { first, count, offset: 0, out }, true);
      const rest = await recordQuantisedResidual(job, out, count, layout.residual);
      await job.run();
      await readResidual(job, rest, first, layout.residual, parts);
    });
  return parts;
}

export default defineCodec(meta, {
  layout: tenpakCalderaLayout,
  parts: tenpakCalderaParts,
  encode,
  reference: tenpakCalderaReference,
  // Float32 sums choose the factors.
  equalCodes: () => false,

  async decode({ name, layout, parts }, target, context) {
    const { scales, offsets, ranges } = parts;
    checkHeader(name, parts.header, layout.header);
    for (const [suffix, bytes] of Object.entries({ scales, offsets, ranges }))
      checkStoredHalves(name, suffix, bytes);
    const factors = dequantisedFactors(parts, layout);
    await fillBySpans(target, context, async (job, span) => {
      const run = { ...span, out: span.part.buffer };
      await recordLowRankProduct(job, factors, target.columns, run, false);
      await recordAddResidual(job, parts, span, layout.residual);
    });
  },

  // Sums of up to 16 products in float32.
  decodeTolerance: 1e-5,

  // Each of 16 products errs by 1/127 of the singular value, which is at most √(m·n)·M, here for m·n up to 2²⁶; what L·R
  // leaves is no longer than its row, and 2-bit steps err by a sixth of its range.
  errorBound: () => (largest) => 1100 * largest + 2 ** -19,
});
