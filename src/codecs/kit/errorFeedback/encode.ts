import type { CodecContext } from '../../contract/codec';
import type { Source } from '../../contract/defineCodec';
import { zeroedParts } from '../../contract/parts';
import type { GpuJob } from '../gpuJob';
import { CHUNK_ELEMENTS } from '../spans';
import { encodeByRows, recordScales, type GroupBuffers } from '../uniformGrid/encode';
import { uniformGridParts, type UniformGridParts } from '../uniformGrid/layout';
import { recordFeedback, recordPackRows, type Feedback, type FeedbackGrid } from './feedback';
import type { FeedbackLayout } from './layout';

/**
 * Rounds a tensor to a uniform grid with error feedback. The caller opens the feedback and disposes of it.
 * @throws LabError bad-input naming the tensor when a scale overflows; Cancelled
 */
export function encodeWithFeedback(
  feedback: Feedback,
  source: Source<FeedbackLayout>,
  context: CodecContext,
): Promise<UniformGridParts> {
  const { layout } = source;
  const { columns, bits, asymmetric, actOrder } = layout;
  // In another order of columns a group has no first column, and its scale is taken from the original weights.
  const compensatedScales = feedback.factor !== undefined && !actOrder;
  return encodeByRows(source, zeroedParts(uniformGridParts(layout)), context, {
    elements: CHUNK_ELEMENTS,
    async record(job, rows, buffers) {
      if (!compensatedScales) await recordScales(job, layout, rows, buffers);
      const grid = gridOf(job, layout, rows, buffers, compensatedScales);
      const codes = await recordFeedback(job, feedback, { w: buffers.w, rows }, grid);
      return recordPackRows(job, codes, { rows, columns, bits, offset: asymmetric ? 0 : 2 ** (bits - 1) });
    },
  });
}

/**
 * Makes the grid for `recordFeedback`.
 * @param compensatedScales whether the scales of a group are taken from the weights after the feedback of earlier errors
 */
function gridOf(
  job: GpuJob,
  layout: FeedbackLayout,
  rows: number,
  { scales, zeros }: GroupBuffers,
  compensatedScales: boolean,
): FeedbackGrid {
  const { group, groupsPerRow, levels, asymmetric } = layout;
  const lowest = asymmetric ? 0 : -levels;
  const grid = { group, scaleStride: groupsPerRow, lowest, highest: levels, scales, zeros };
  if (!compensatedScales) return grid;
  return {
    ...grid,
    beginGroup(firstGroup, { buffer, stride }) {
      const source = { rowStride: 1, columnStride: stride, firstGroup, groups: 1 };
      return recordScales(job, layout, rows, { w: buffer, scales, zeros }, source);
    },
  };
}
