import type { MatrixShape } from '../../contract/codec';
import { uniformGridLayout, type UniformGridLayout, type UniformGridOptions } from '../uniformGrid/layout';
import type { HessianOptions } from './hessian';

/** The layout of a uniform grid with the options of error feedback. */
export interface FeedbackLayout extends UniformGridLayout, HessianOptions {}

/** The options of GPTQ. */
export interface FeedbackOptions extends UniformGridOptions {
  damping: number;
  'act-order': boolean;
}

/** Makes the layout of a matrix of this shape. */
export function feedbackLayout(shape: MatrixShape, options: FeedbackOptions): FeedbackLayout {
  const { damping, 'act-order': actOrder } = options;
  return { ...uniformGridLayout(shape, options), damping, actOrder };
}
