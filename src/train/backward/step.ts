import type { Step, StepOf, Value } from '../../models/architecture';
import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext, TokenLayout } from '../../runtime/ops/context';
import type { ModelWeights } from '../../runtime/forward/weights';

/** What the backward pass of one step may read and where its gradients go. */
export interface StepSite extends RecordContext {
  weights: ModelWeights;
  layout: TokenLayout;
  /** Rows of every activation: sequences · length. */
  rows: number;
  /** Token ids u32 [rows], or pixels float32 [images, channels, size, size]. */
  input: GPUBuffer;
  /** What the step read, as it was when it read it; one of its `keeps`. */
  read(value: Value): ActivationView;
  /** dL/d of what the step wrote. */
  gradient(value: Value): ActivationView;
  /** Where dL/d of what the step read is summed: add to it. */
  into(value: Value): ActivationView;
  /** The same for a kernel that writes instead of adding: nothing may have been added before. */
  fresh(value: Value): ActivationView;
  /** For a value changed in place: dL/d of what was written, to be turned into dL/d of what was there before. */
  through(value: Value): ActivationView;
  /** Where dL/d of a tensor is summed. */
  tensorGradient(name: string): GPUBuffer;
  /** Cosines and sines of a rotary embedding (src/runtime/ops/rotary.ts). */
  angles(rotaryDim: number, theta: number): GPUBuffer;
}

/** The backward pass of one operation: one file in `steps/`. */
export interface StepBackward<Op extends Step['op'] = Step['op']> {
  op: Op;
  /** Which of the values the step reads its backward pass needs, as they were before the step. */
  keeps(step: StepOf<Op>): readonly Value[];
  /** Records the gradients; everything adds to what is there. */
  record(step: StepOf<Op>, site: StepSite): Promise<void>;
}
