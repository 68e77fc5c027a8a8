import type { StepReport } from '../../train/trainer';
import { invariant } from '../../base/errors';
import { csvText } from '../results/csv';
import { fileBytes, type LabRecord } from '../results/record';
import type { TrainResultKind, TrainResult } from './events';
import type { TrainStage, TrainPlan } from './plan';

/** The results of one training run. */
export type TrainResults = ReadonlyMap<TrainResultKind, TrainResult>;

const GIB = 2 ** 30;
/** The t81 project's names of the modes. `fp32-control` is ours. */
const MODES: readonly (readonly [TrainResultKind, string])[] = [
  ['baseline', 'fp32'],
  ['ptq', 'ptq'],
  ['qat', 'qat'],
  ['control', 'fp32-control'],
];

/**
 * Summarises a run under the keys of the t81 project's benchmark scripts (gpt2 micro-run, ViT CIFAR-10), so that their
 * readers can read it: sizes are whole artefacts without tokenizer, quality is measured from their bytes, `threshold`
 * is null for rules without one, and `tok_s` counts tokens of the measured windows (nothing is generated). `control` is
 * ours: the same steps in float32.
 * @throws LabError internal before the baseline is measured
 */
export function summaryJson(plan: TrainPlan, measured: TrainResults): Record<string, unknown> {
  const baseline = measured.get('baseline')?.record;
  invariant(baseline, 'a training run is summarised before its baseline is measured');
  const { model, quality, environment } = baseline;
  const head = { model_id: model.id, dataset: quality.dataset, device: environment.adapter };
  const threshold = plan.stages.qat?.qat?.threshold?.target ?? null;
  const stages = Object.fromEntries(
    (['baseline', 'ptq', 'qat', 'control'] as const).flatMap((kind) => {
      const result = measured.get(kind);
      return result ? [[kind, figures(result.record)]] : [];
    }),
  );
  if (plan.task === 'image-classification') return { ...head, threshold, ...stages };
  return { ...head, dtype: 'float32', threshold, ...languageFacts(plan, measured, baseline), ...stages };
}

function languageFacts(plan: TrainPlan, measured: TrainResults, { quality, size }: LabRecord) {
  const trained = measured.get('qat')?.record;
  const options = plan.stages.qat ?? plan.stages.control;
  return {
    max_eval_tokens: quality.scoredTokens ?? null,
    eval_texts: quality.windows ?? null,
    max_new_tokens: 0,
    skip_latency: false,
    skip_ptq_ppl: !measured.has('ptq'),
    run_qat: trained !== undefined,
    qat_steps: plan.stages.qat?.steps ?? 0,
    train_split: trained?.training?.dataset ?? plan.data,
    learning_rate: options?.learningRate ?? null,
    compression_ratio: trained ? fileBytes({ size }) / fileBytes(trained) : null,
  };
}

function figures(record: LabRecord): Record<string, number | null> {
  const { quality, speed } = record;
  const size_gib = fileBytes(record) / GIB;
  if (quality.task === 'perplexity')
    return { size_gib, ppl: quality.value, tok_s: speed.prefillTokensPerSecond?.median ?? null };
  return {
    size_gib,
    accuracy: quality.value,
    loss: quality.loss ?? null,
    images_per_s: speed.imagesPerSecond?.median ?? null,
  };
}

/**
 * Tabulates image classifiers as the t81 project's Fashion-MNIST benchmark does: `latency_s` is a batch of 64
 * images through the whole model, `bytes` the artefact. RFC 4180.
 */
export function summaryCsv(measured: TrainResults): string {
  const rows = MODES.flatMap(([kind, mode]) => {
    const result = measured.get(kind);
    if (!result) return [];
    const { quality } = result.record;
    return [[mode, quality.value, quality.loss, result.latency, fileBytes(result.record)]];
  });
  return csvText([['mode', 'accuracy', 'loss', 'latency_s', 'bytes'], ...rows]);
}

/** Writes every step of a run as RFC 4180 text. */
export function stepsCsv(steps: readonly { stage: TrainStage; report: StepReport }[]): string {
  const header = [
    'stage',
    'step',
    'loss',
    'nll',
    'learning_rate',
    'gradient_norm',
    'correct',
    'count',
    'milliseconds',
  ];
  const rows = steps.map(({ stage, report: r }) => [
    ...[stage, r.step, r.loss, r.nll, r.learningRate],
    ...[r.gradientNorm, r.correct, r.count, r.milliseconds],
  ]);
  return csvText([header, ...rows]);
}
