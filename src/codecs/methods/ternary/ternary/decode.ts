import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { fillBySpans } from '../../../kit/fillTarget';
import type { GpuJob } from '../../../kit/gpuJob';
import { byteWindow, type PartSpan } from '../../../kit/spans';
import { checkStoredScales } from '../../../kit/storedFloats';
import { CODES_PER_WORD, groupOf, TRITS_PER_WORD, type TernaryLayout, type TernaryParts } from './layout';
import { packingKernel } from './packingKernel';

/** Decodes in WGSL by spans. @throws LabError bad-file for a scale that is not finite; Cancelled */
export async function decodeTernary(
  stored: Coded<TernaryLayout, TernaryParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkStoredScales(stored.name, stored.parts.scales);
  await fillBySpans(target, context, (job, span) => recordSpan(job, stored, span));
}

async function recordSpan(
  { scope, dispatch }: GpuJob,
  { name, layout, parts }: Coded<TernaryLayout, TernaryParts>,
  { first, count, offset, part }: PartSpan,
): Promise<void> {
  const last = first + count - 1;
  const firstWord = wordOf(layout, first);
  const codes = parts.codes.subarray(firstWord * 4, (wordOf(layout, last) + 1) * 4);
  const firstGroup = groupOf(layout, first);
  const groups = groupOf(layout, last) + 1 - firstGroup;
  const scales = byteWindow(parts.scales, firstGroup * 2, groups * 2);
  const { columns, groupSize, groupsPerRow, wordsPerRow, flat, packing } = layout;
  await dispatch(packingKernel('decode', packing), {
    params: {
      count,
      first,
      offset,
      firstWord,
      firstScale: firstGroup - scales.shift / 2,
      columns,
      groupSize,
      groupsPerRow,
      ...(!flat && { wordsPerRow }),
    },
    bindings: {
      codes: scope.upload(codes, `${name} codes`),
      scales: scope.upload(scales.bytes, `${name} scales`),
      out: part.buffer,
    },
    threads: count,
    cost: count * 12,
  });
}

/** Finds the word of codes that holds a flattened weight. */
function wordOf({ flat, columns, wordsPerRow }: TernaryLayout, weight: number): number {
  if (flat) return Math.floor(weight / TRITS_PER_WORD);
  return Math.floor(weight / columns) * wordsPerRow + Math.floor((weight % columns) / CODES_PER_WORD);
}
