import { ALL_ROLES, LINEAR_ROLES, type ModelShape, type TensorSpec } from '../../models/architecture';
import { adamWStep, type ReferenceState } from '../adamwReference';
import type { TrainingState } from '../checkpoint';
import { clipFactor } from '../clip';
import type { Batch } from '../gradientPass';
import type { QatOptions, TrainOptions } from '../options';
import { groupsOf } from '../quantiserGroups';
import { ESTIMATORS, groupIndices } from '../quantiserReference';
import { referenceGradients } from '../reference/model';
import { learningRateAt } from '../schedule';

type Values = ReadonlyMap<string, Float32Array>;

/** What a step of training makes of a state, in float64, from the parts that are held to references of their own. */
export interface ReferenceStep {
  loss: number;
  /** Of all gradients together, before clipping. */
  norm: number;
  clip: number;
  /** Weights and averages afterwards, by tensor name. */
  states: ReadonlyMap<string, ReferenceState>;
}

/**
 * One step: gradients of the mean loss at the rounded weights, straight through to the latent ones, clipped together, AdamW.
 * @param rounded what the forward pass multiplies by
 */
export async function referenceStep(
  shape: ModelShape,
  before: TrainingState,
  rounded: Values,
  batch: Batch,
): Promise<ReferenceStep> {
  const { options, step } = before;
  const { batch: sequences, length } = options;
  const found = await referenceGradients(shape, (name) => Promise.resolve(rounded.get(name)!), {
    ...{ ...batch, sequences, length },
  });
  const gradients = new Map(
    shape.tensors.map((spec) => [
      spec.name,
      throughTo(spec, options.qat, valueOf(before, 'weight', spec), rounded, found.gradients.get(spec.name)!),
    ]),
  );
  const norm = Math.hypot(...[...gradients.values()].map((each) => Math.hypot(...each)));
  const clip = clipFactor(norm, options.clipNorm);
  const rates = { step, learningRate: learningRateAt(options, step), clip };
  const states = shape.tensors.map((spec) => {
    const weightDecay = ALL_ROLES.has(spec.role) ? options.weightDecay : 0;
    const own = gradients.get(spec.name)!;
    return [spec.name, adamWStep(stateOf(before, spec), own, { ...options, weightDecay }, rates)] as const;
  });
  return { loss: found.loss, norm, clip, states: new Map(states) };
}

/** The part of a checkpoint that holds a tensor's values of one kind. */
export function valueOf({ tensors }: TrainingState, kind: string, { name }: TensorSpec): Float32Array {
  return tensors.get(`${kind}/${name}`)!.values;
}

function stateOf(before: TrainingState, spec: TensorSpec): ReferenceState {
  const [weights, mean, square] = ['weight', 'mean', 'square'].map((kind) => [
    ...valueOf(before, kind, spec),
  ]);
  return { weights, mean, square };
}

/** The gradient of the latent weights from that of the rounded ones. */
function throughTo(
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

/** The scale of each weight's group: its largest rounded magnitude. */
export function scalesOf({ matrix }: TensorSpec, qat: QatOptions, rounded: Float32Array): Float64Array {
  const groups = groupsOf(matrix, qat);
  const scales = new Float64Array(rounded.length);
  for (let group = 0; group < groups.count; group++) {
    const indices = groupIndices(groups, group);
    const scale = Math.max(...indices.map((i) => Math.abs(rounded[i])));
    for (const i of indices) scales[i] = scale;
  }
  return scales;
}
