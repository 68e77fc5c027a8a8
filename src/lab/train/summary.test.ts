import { expect, test } from 'vitest';
import { EMBEDDED_NAMES } from '../plan/build';
import type { LabRecord } from '../results/record';
import { thresholdAt } from '../../train/schedule';
import { buildTrainPlan } from './build';
import { stepsCsv, summaryCsv, summaryJson, type TrainResults } from './summary';

const names = { model: EMBEDDED_NAMES.model, data: (name: string) => ({ id: name }) };
const record = (quality: object, speed: object, totalBytes: number) =>
  ({
    model: { id: 'm' },
    environment: { adapter: 'a GPU' },
    quality: { dataset: 'set', ...quality },
    speed,
    size: { totalBytes, assetBytes: 100 },
  }) as unknown as LabRecord;

test('a language model under the keys of the t81 project', () => {
  const text = (value: number, bytes: number) =>
    record(
      { task: 'perplexity', value, scoredTokens: 510, windows: 2 },
      { prefillTokensPerSecond: { median: 12 } },
      bytes,
    );
  const measured: TrainResults = new Map([
    ['baseline', { kind: 'baseline', record: text(14, 2 ** 30 + 100) }],
    ['ptq', { kind: 'ptq', record: text(42, 2 ** 26 + 100) }],
    ['qat', { kind: 'qat', record: text(17, 2 ** 26 + 100) }],
  ]);
  const plan = buildTrainPlan({ model: 'gpt2-tinystories', rule: 't81', steps: 20 }, names);
  const summary = summaryJson(plan, measured);
  // The fields of BenchResults in scripts/phi3_ptq_qat_benchmark.py of https://github.com/t81dev/t81lib, in their order.
  const keys =
    'model_id dataset device dtype threshold max_eval_tokens eval_texts max_new_tokens skip_latency skip_ptq_ppl run_qat qat_steps train_split learning_rate compression_ratio baseline ptq qat';
  expect(Object.keys(summary)).toEqual(keys.split(' '));
  expect(summary).toMatchObject({ threshold: 0.44, qat_steps: 20, compression_ratio: 16, eval_texts: 2 });
  // The threshold that is reported is the one training ends with.
  expect(thresholdAt(plan.stages.qat!.qat!.threshold!, 20)).toBe(0.44);
  expect(summary.baseline).toEqual({ size_gib: 1, ppl: 14, tok_s: 12 });
  expect(summary.qat).toEqual({ size_gib: 1 / 16, ppl: 17, tok_s: 12 });
});

test('an image model as JSON and as the five columns', () => {
  const image = (value: number, bytes: number) =>
    record({ task: 'image-accuracy', value, loss: 0.5 }, { imagesPerSecond: { median: 640 } }, bytes);
  const measured: TrainResults = new Map([
    ['baseline', { kind: 'baseline', record: image(0.8, 31_500), latency: 0.125 }],
    ['ptq', { kind: 'ptq', record: image(0.6, 3_100), latency: 0.25 }],
    ['control', { kind: 'control', record: image(0.81, 32_100) }],
  ]);
  const plan = buildTrainPlan({ model: 'vit-cifar10' }, names);
  expect(Object.keys(summaryJson(plan, measured))).toEqual(
    'model_id dataset device threshold baseline ptq control'.split(' '),
  );
  expect(summaryJson(plan, measured).baseline).toEqual({
    ...{ size_gib: 31_400 / 2 ** 30, accuracy: 0.8, loss: 0.5, images_per_s: 640 },
  });
  expect(summaryCsv(measured)).toBe(
    'mode,accuracy,loss,latency_s,bytes\r\nfp32,0.8,0.5,0.125,31400\r\nptq,0.6,0.5,0.25,3000\r\nfp32-control,0.81,0.5,,32000\r\n',
  );
});

test('the CSV has a line for every step', () => {
  const report = {
    step: 1,
    loss: 2,
    nll: 3,
    learningRate: 0.5,
    gradientNorm: 4,
    correct: 5,
    count: 6,
    milliseconds: 7,
  };
  expect(stepsCsv([{ stage: 'qat', report }])).toBe(
    'stage,step,loss,nll,learning_rate,gradient_norm,correct,count,milliseconds\r\nqat,1,2,3,0.5,4,5,6,7\r\n',
  );
});
