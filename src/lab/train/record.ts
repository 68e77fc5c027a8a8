import type { TrainOptions } from '../../train/options';
import type { BatchSource } from '../../train/sampler';
import type { Training } from '../results/record';
import type { TrainStage } from './plan';

const KINDS = { fresh: 'fresh', head: 'head', qat: 'qat', control: 'fine-tune' } as const;

/**
 * Makes the record's `training`, which says how weights were trained.
 * @param from SHA-256 of the initial weights, which are also the teacher's
 */
export function trainingOf(
  stage: TrainStage,
  options: TrainOptions,
  data: BatchSource,
  from: string,
): Training {
  const { steps, batch, length, learningRate, seed, qat, distillation } = options;
  return {
    kind: KINDS[stage],
    ...{ steps, batch },
    ...(length > 1 && { length }),
    optimiser: optimiserOf(options),
    ...{ learningRate, seed },
    ...(qat && { quantiser: quantiserOf(qat) }),
    dataset: data.name,
    datasetSha256: data.sha256,
    from,
    ...(distillation && { distillation: { ...distillation, teacher: from } }),
  };
}

function optimiserOf({ betas, epsilon, weightDecay, clipNorm, schedule, warmup }: TrainOptions): string {
  return `AdamW(betas=${betas.join('/')},epsilon=${epsilon},decay=${weightDecay},clip=${clipNorm},schedule=${schedule},warmup=${warmup})`;
}

function quantiserOf({
  rule,
  group,
  estimator,
  scale,
  threshold,
  stochastic,
}: NonNullable<TrainOptions['qat']>) {
  const cut = threshold ? `,threshold=${threshold.target}/${threshold.warmup}` : '';
  return `rule=${rule},group=${group},estimator=${estimator},scale=${scale}${cut}${stochastic ? ',stochastic' : ''}`;
}
