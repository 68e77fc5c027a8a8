import type { EncodeWork, MatrixShape } from '../../contract/codec';
import { INVERSE_CHOLESKY_OPERATIONS } from '../../contract/work';
import type { FeedbackLayout } from './layout';

/** Columns rounded by one dispatch, and columns whose errors are subtracted in one product (feedback.ts). */
const BLOCK = 32;
const BATCH = 64;
/** Operations per weight of a candidate range, and of transposing, rounding and packing. */
const SCALES = 16;
const ROUNDING = 40;

/**
 * Estimates the work of error feedback over a matrix. Each error is fed back to every later column, 2·out·in²/2 operations. The factor of
 * the inverse Hessian, 2/3·in³, is computed on the host.
 */
export function feedbackWork(
  [rows, columns]: MatrixShape,
  { rounding = ROUNDING, dispatchesPerBlock = 2 } = {},
): EncodeWork {
  const within = Math.min(columns, BLOCK) + Math.min(columns, BATCH) / 2;
  const beyond = Math.max(0, columns - BATCH);
  return {
    gpu: rows * columns * (rounding + within + beyond),
    dispatches: 2 + (dispatchesPerBlock * columns) / BLOCK,
    waits: 2,
    sharedHost: INVERSE_CHOLESKY_OPERATIONS * columns ** 3,
  };
}

/** Estimates the work of error feedback on a uniform grid. In stored order, each group's scales take a dispatch of their own. */
export function uniformFeedbackWork({
  rows,
  columns,
  candidates,
  groupsPerRow,
  actOrder,
}: FeedbackLayout): EncodeWork {
  const feedback = feedbackWork([rows, columns]);
  return {
    ...feedback,
    gpu: feedback.gpu + SCALES * candidates * rows * columns,
    dispatches: feedback.dispatches + 2 + (actOrder ? 1 : groupsPerRow),
    waits: feedback.waits + 2,
  };
}
