import type { MatrixShape } from '../../contract/codec';
import { uniformGridLayout, type UniformGridLayout, type UniformGridOptions } from '../uniformGrid/layout';
import type { HessianOptions } from './hessian';

/** The layout of a uniform grid, and how the errors of rounding to it are passed on. */
export interface FeedbackLayout extends UniformGridLayout, HessianOptions {}

/** The options of GPTQ. */
export interface FeedbackOptions extends UniformGridOptions {
  damping: number;
  'act-order': boolean;
}

export function feedbackLayout(shape: MatrixShape, options: FeedbackOptions): FeedbackLayout {
  const { damping, 'act-order': actOrder } = options;
  return { ...uniformGridLayout(shape, options), damping, actOrder };
}
