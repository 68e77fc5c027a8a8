import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import type { GpuJob } from '../../../kit/gpuJob';
import { CHUNK_ELEMENTS } from '../../../kit/spans';
import { encodeByRows, type GroupBuffers } from '../../../kit/uniformGrid/encode';
import { hqqParts, KAPPA, MAX_ZERO, type HqqLayout, type HqqParts } from './layout';

/** Operations per weight, as the command stream counts work, for the codes and for each update of the zero points. */
const CODE_COST = 24;
const UPDATE_COST = 64;

/** Encodes on the GPU, a range of rows at a time. @throws LabError bad-input naming the tensor when a scale overflows; Cancelled */
export function encodeHqq(source: Source<HqqLayout>, context: CodecContext): Promise<HqqParts> {
  const { layout } = source;
  return encodeByRows(source, zeroedParts(hqqParts(layout)), context, {
    elements: CHUNK_ELEMENTS / 4,
    zeroBits: 16,
    async record(job, rows, buffers) {
      await recordZeros(job, layout, rows, buffers);
      return recordCodes(job, layout, rows, buffers);
    },
  });
}

async function recordZeros(
  { dispatch }: GpuJob,
  { groupsPerRow, columns, group, levels, iterations, p, beta }: HqqLayout,
  rows: number,
  bindings: GroupBuffers,
): Promise<void> {
  const groups = rows * groupsPerRow;
  const search = { maxZero: MAX_ZERO, iterations, p, beta, kappa: KAPPA };
  await dispatch('codecs/hqq/zeros', {
    params: { groups, groupsPerRow, columns, group, levels, ...search },
    bindings: { ...bindings },
    threads: groups,
    cost: UPDATE_COST * (iterations + 1) * rows * columns,
  });
}

async function recordCodes(
  { dispatch, scope }: GpuJob,
  { groupsPerRow, columns, group, bits, levels, rowBytes }: HqqLayout,
  rows: number,
  bindings: GroupBuffers,
): Promise<GPUBuffer> {
  const wordsPerRow = rowBytes / 4;
  const words = rows * wordsPerRow;
  const codes = scope.allocate(4 * words, 'codes');
  await dispatch('codecs/hqq/codes', {
    params: { words, wordsPerRow, groupsPerRow, columns, group, bits, levels },
    bindings: { ...bindings, codes },
    threads: words,
    cost: CODE_COST * rows * columns,
  });
  return codes;
}
