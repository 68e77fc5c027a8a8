import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext, StoredTensor } from '../../../contract/codec';
import { checkStoredScales } from '../../../kit/storedFloats';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { byteWindow, partSpans, threadGroups, type PartSpan } from '../../../kit/spans';
import { CODES_PER_WORD, groupOf, ternaryLayout, TRITS_PER_WORD, type TernaryLayout } from './layout';
import { packingKernel } from './packingKernel';

/** @throws LabError bad-file for a scale that is not finite; Cancelled between spans */
export async function decodeTernary(
  stored: StoredTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const layout = ternaryLayout(stored.shape, stored.options);
  checkStoredScales(stored.name, stored.parts.get('scales')!);
  for (const span of partSpans(target))
    await gpuJob(context, (job) => decodeSpan(stored, layout, span, context, job));
}

async function decodeSpan(
  stored: StoredTensor,
  layout: TernaryLayout,
  span: PartSpan,
  { gpu }: CodecContext,
  job: GpuJob,
): Promise<void> {
  const last = span.first + span.count - 1;
  const firstWord = wordOf(layout, span.first);
  const codes = stored.parts.get('codes')!.subarray(firstWord * 4, (wordOf(layout, last) + 1) * 4);
  const firstGroup = groupOf(layout, span.first);
  const groups = groupOf(layout, last) + 1 - firstGroup;
  const scales = byteWindow(stored.parts.get('scales')!, firstGroup * 2, groups * 2);
  const { columns, groupSize, groupsPerRow } = layout;
  job.recorder.dispatch(await gpu.kernels.get(packingKernel('decode', layout.packing)), {
    params: {
      count: span.count,
      first: span.first,
      offset: span.offset,
      firstWord,
      firstScale: firstGroup - scales.shift / 2,
      columns,
      groupSize,
      groupsPerRow,
      ...(!layout.flat && { wordsPerRow: layout.wordsPerRow }),
    },
    bindings: {
      codes: job.scope.upload(codes, `${stored.name} codes`),
      scales: job.scope.upload(scales.bytes, `${stored.name} scales`),
      out: span.part.buffer,
    },
    workgroups: threadGroups(span.count),
    cost: span.count * 12,
  });
  await job.run();
}

/** Word of codes that holds a flattened weight. */
function wordOf({ flat, columns, wordsPerRow }: TernaryLayout, weight: number): number {
  if (flat) return Math.floor(weight / TRITS_PER_WORD);
  return Math.floor(weight / columns) * wordsPerRow + Math.floor((weight % columns) / CODES_PER_WORD);
}
