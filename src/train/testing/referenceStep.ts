import { ALL_ROLES, LINEAR_ROLES, type ModelShape, type TensorSpec } from '../../models/architecture';
import { referenceAdamW, type AdamWState } from '../reference/adamw';
import type { TrainingState } from '../checkpoint';
import { clipFactor } from '../clip';
import type { TrainingBatch } from '../gradientPass';
import type { QatOptions, TrainOptions } from '../options';
import { quantiserGroups } from '../quantiserGroups';
import { ESTIMATORS, groupIndices } from '../reference/quantiser';
import { referenceGradients } from '../reference/model';
import { learningRateAt } from '../schedule';

type Values = ReadonlyMap<string, Float32Array>;

/** The result of a step of training in float64, computed from the references of its parts. */
export interface ReferenceStep {
  loss: number;
  /** Norm of all gradients together, before clipping. */
  norm: number;
  clip: number;
  /** Weights and averages after the step, by tensor name. */
  states: ReadonlyMap<string, AdamWState>;
}

/**
 * One step: gradients of the mean loss at the rounded weights, passed straight through to the latent ones, clipped together,
 * then AdamW.
 * @param rounded the weights of the forward pass
 */
export async function referenceStep(
  shape: ModelShape,
  before: TrainingState,
  rounded: Values,
  batch: TrainingBatch,
): Promise<ReferenceStep> {
  const { options, step } = before;
  const { batch: sequences, length } = options;
  const found = await referenceGradients(shape, (name) => Promise.resolve(rounded.get(name)!), {
    ...{ ...batch, sequences, length },
  });
  const gradients = new Map(
    shape.tensors.map((spec) => [
      spec.name,
      latentGradient(
        spec,
        options.qat,
        valueOf(before, 'weight', spec),
        rounded,
        found.gradients.get(spec.name)!,
      ),
    ]),
  );
  const norm = Math.hypot(...[...gradients.values()].map((each) => Math.hypot(...each)));
  const clip = clipFactor(norm, options.clipNorm);
  const rates = { step, learningRate: learningRateAt(options, step), clip };
  const states = shape.tensors.map((spec) => {
    const weightDecay = ALL_ROLES.has(spec.role) ? options.weightDecay : 0;
    const own = gradients.get(spec.name)!;
    return [
      spec.name,
      referenceAdamW(stateOf(before, spec), own, { ...options, weightDecay }, rates),
    ] as const;
  });
  return { loss: found.loss, norm, clip, states: new Map(states) };
}

/** Returns the values of one kind of a tensor in a checkpoint. */
export function valueOf({ tensors }: TrainingState, kind: string, { name }: TensorSpec): Float32Array {
  return tensors.get(`${kind}/${name}`)!.values;
}

function stateOf(before: TrainingState, spec: TensorSpec): AdamWState {
  const [weights, mean, square] = ['weight', 'mean', 'square'].map((kind) => [
    ...valueOf(before, kind, spec),
  ]);
  return { weights, mean, square };
}

/** Returns the gradient of the latent weights from that of the rounded ones. */
function latentGradient(
  spec: TensorSpec,
  qat: TrainOptions['qat'],
  latent: Float32Array,
  rounded: Values,
  gradient: Float64Array,
): number[] {
  if (!qat || !LINEAR_ROLES.has(spec.role)) return [...gradient];
  const scales = scalesOf(spec, qat, rounded.get(spec.name)!);
  return Array.from(gradient, (g, i) => ESTIMATORS[qat.estimator](g, latent[i], scales[i]));
}

/** Returns the scale of each weight's group: its largest rounded magnitude. */
export function scalesOf({ matrix }: TensorSpec, qat: QatOptions, rounded: Float32Array): Float64Array {
  const groups = quantiserGroups(matrix, qat);
  const scales = new Float64Array(rounded.length);
  for (let group = 0; group < groups.count; group++) {
    const indices = groupIndices(groups, group);
    const scale = Math.max(...indices.map((i) => Math.abs(rounded[i])));
    for (const i of indices) scales[i] = scale;
  }
  return scales;
}
