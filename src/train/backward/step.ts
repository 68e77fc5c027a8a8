import type { Step, StepOf, Value } from '../../models/architecture';
import type { RotaryAngles } from '../../models/rotary';
import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext, TokenLayout } from '../../runtime/ops/context';
import type { ModelWeights } from '../../runtime/forward/weights';

/** The values that the backward pass of a step may read, and the places of its gradients. */
export interface StepSite extends RecordContext {
  weights: ModelWeights;
  layout: TokenLayout;
  /** Number of rows of every activation, sequences · length. */
  rows: number;
  /** Token ids u32 [rows], or pixels float32 [images, channels, size, size]. */
  input: GPUBuffer;
  /** A value that the step read, as it was then; it must be one of its `keeps`. */
  read(value: Value): ActivationView;
  /** dL/d of a value that the step wrote. */
  gradient(value: Value): ActivationView;
  /** dL/d of a value that the step read, to be added to. */
  into(value: Value): ActivationView;
  /** The same for a kernel that overwrites it; nothing may have been added before. */
  fresh(value: Value): ActivationView;
  /** dL/d of a value changed in place, to be converted from that of the new value to that of the old one. */
  through(value: Value): ActivationView;
  /** dL/d of a tensor, to be added to. */
  tensorGradient(name: string): GPUBuffer;
  /** The table of a rotary embedding on the GPU (src/runtime/ops/rotary.ts). */
  rotaryTable(angles: RotaryAngles): GPUBuffer;
}

/** The backward pass of an operation, a file in `steps/`. */
export interface StepBackward<Op extends Step['op'] = Step['op']> {
  op: Op;
  /** The values read by the step that its backward pass needs as they were before the step. */
  keeps(step: StepOf<Op>): readonly Value[];
  /** Records the gradients, which are added to those of `site`. */
  record(step: StepOf<Op>, site: StepSite): Promise<void>;
}
